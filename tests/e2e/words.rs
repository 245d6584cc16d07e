//! What the page says, in both languages, as far as the tests rely on it. Nothing else in the tests quotes the page.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    English,
    Spanish,
}

impl Language {
    pub fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::Spanish => &SPANISH,
        }
    }
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Spanish => "es",
        }
    }
    /// As the browser asks for it.
    pub fn accepted(self) -> &'static str {
        match self {
            Self::English => "en-US,en",
            Self::Spanish => "es-ES,es",
        }
    }
}

pub struct Words {
    // Sign-in
    pub auth_url: &'static str,
    pub user_name: &'static str,
    pub password: &'static str,
    pub user_domain: &'static str,
    pub project: &'static str,
    pub project_domain: &'static str,
    /// What unfolds the two domains.
    pub domains: &'static str,
    /// The app itself could not be fetched.
    pub page_incomplete: &'static str,
    pub retry: &'static str,
    pub tab_password: &'static str,
    pub tab_application_credential: &'static str,
    pub id_or_name: &'static str,
    pub secret: &'static str,
    pub sign_in: &'static str,
    pub wrong_password: &'static str,
    pub cors_refused: &'static str,
    pub session_ended: &'static str,
    pub go_on: &'static str,
    // Instances
    pub instances: &'static str,
    pub create_snapshot: &'static str,
    /// How the dialog's title begins.
    pub snapshot_of: &'static str,
    pub back_up: &'static str,
    pub backup_of: &'static str,
    pub snapshot_instead: &'static str,
    pub name: &'static str,
    pub note: &'static str,
    pub backup_type: &'static str,
    pub rotation: &'static str,
    /// One of the backup types on offer.
    pub daily: &'static str,
    pub submit_back_up: &'static str,
    // Images
    pub images: &'static str,
    pub tab_all: &'static str,
    pub tab_snapshots: &'static str,
    pub tab_backups: &'static str,
    pub tab_images: &'static str,
    pub delete: &'static str,
    /// How the title of the question begins.
    pub delete_title: &'static str,
    // Launch
    pub flavor: &'static str,
    pub network: &'static str,
    pub key_pair: &'static str,
    pub new_key_pair: &'static str,
    pub key_pair_name: &'static str,
    pub generate: &'static str,
    pub floating_ip: &'static str,
    /// The choice that allocates a new one; `public` is the network's name.
    pub new_floating_ip: &'static str,
    pub launch: &'static str,
    /// The field below the address, when nobody knows the image's user.
    pub login_user: &'static str,
    // Operations
    pub operations: &'static str,
    pub settings: &'static str,
    pub usable: &'static str,
    pub failed: &'static str,
    pub dismiss: &'static str,
    /// Why a second snapshot has to wait.
    pub busy: &'static str,
    pub snapshot_running: &'static str,
    /// What labels of fields that may stay empty end with.
    pub optional: &'static str,
    actions_of: &'static str,
}

impl Words {
    /// The name of the menu button in a row.
    pub fn actions_of(&self, name: &str) -> String {
        self.actions_of.replace("NAME", name)
    }
}

pub static ENGLISH: Words = Words {
    auth_url: "Auth URL",
    user_name: "User name",
    password: "Password",
    user_domain: "User domain",
    project: "Project",
    project_domain: "Project domain",
    domains: "Domains",
    page_incomplete: "The page could not be loaded whole",
    retry: "Try again",
    tab_password: "Password",
    tab_application_credential: "Application credential",
    id_or_name: "ID or name",
    secret: "Secret",
    sign_in: "Sign in",
    wrong_password: "is wrong",
    cors_refused: "allowed_origin",
    session_ended: "Your session has ended",
    go_on: "Go on",
    instances: "Instances",
    create_snapshot: "Create snapshot",
    snapshot_of: "Create a snapshot of",
    back_up: "Back up",
    backup_of: "Back up ",
    snapshot_instead: "Create a snapshot instead",
    name: "Name",
    note: "Note",
    backup_type: "Backup type",
    rotation: "Rotation",
    daily: "daily",
    submit_back_up: "Back up",
    images: "Images",
    tab_all: "All",
    tab_snapshots: "Snapshots",
    tab_backups: "Backups",
    tab_images: "Images",
    delete: "Delete",
    delete_title: "Delete 1 image",
    flavor: "Flavor",
    network: "Network",
    key_pair: "Key pair",
    new_key_pair: "Generate a new key pair",
    key_pair_name: "Key pair name",
    generate: "Generate and download",
    floating_ip: "Floating IP",
    new_floating_ip: "New from public",
    launch: "Launch",
    login_user: "Login user",
    operations: "Operations",
    settings: "Settings",
    usable: "Usable",
    failed: "It failed",
    dismiss: "Dismiss",
    busy: "is busy",
    snapshot_running: "is still running",
    optional: "optional",
    actions_of: "Actions for NAME",
};

pub static SPANISH: Words = Words {
    auth_url: "URL de autenticación",
    user_name: "Usuario",
    password: "Contraseña",
    user_domain: "Dominio del usuario",
    project: "Proyecto",
    project_domain: "Dominio del proyecto",
    domains: "Dominios",
    page_incomplete: "La página no se pudo cargar entera",
    retry: "Reintentar",
    tab_password: "Contraseña",
    tab_application_credential: "Credencial de aplicación",
    id_or_name: "ID o nombre",
    secret: "Secreto",
    sign_in: "Entrar",
    wrong_password: "no es correcto",
    cors_refused: "allowed_origin",
    session_ended: "Tu sesión ha terminado",
    go_on: "Continuar",
    instances: "Instancias",
    create_snapshot: "Crear instantánea",
    snapshot_of: "Crear una instantánea de",
    back_up: "Copia de seguridad",
    backup_of: "Copia de seguridad de ",
    snapshot_instead: "Crear una instantánea",
    name: "Nombre",
    note: "Nota",
    backup_type: "Tipo de copia",
    rotation: "Rotación",
    daily: "daily",
    submit_back_up: "Hacer copia",
    images: "Imágenes",
    tab_all: "Todas",
    tab_snapshots: "Instantáneas",
    tab_backups: "Copias de seguridad",
    tab_images: "Imágenes",
    delete: "Eliminar",
    delete_title: "Eliminar 1 imagen",
    flavor: "Sabor",
    network: "Red",
    key_pair: "Par de claves",
    new_key_pair: "Generar un par de claves",
    key_pair_name: "Nombre del par de claves",
    generate: "Generar y descargar",
    floating_ip: "IP flotante",
    new_floating_ip: "Nueva de public",
    launch: "Lanzar",
    login_user: "Usuario de acceso",
    operations: "Operaciones",
    settings: "Ajustes",
    usable: "Lista para usar",
    failed: "Algo falló",
    dismiss: "Descartar",
    busy: "está ocupada",
    snapshot_running: "Todavía se está haciendo",
    optional: "opcional",
    actions_of: "Acciones de NAME",
};
