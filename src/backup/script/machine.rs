//! A machine that is always on: a crontab line, or a systemd timer.

use super::credential::{self, FILE};
use super::{Order, Piece, SCRIPT, about, arguments, quote, when};

/// For the user's own crontab.
pub fn cron(order: Order<'_>) -> Vec<Piece> {
    let words = quote::shell_words(&arguments(order));
    let run = "set -a; . \"$HOME/.config/carrete/openstack.env\"; PATH=\"$HOME/.local/bin:$PATH\"; \
               python3 \"$HOME/.local/bin/carrete-backup.py\"";
    // Cron of Debian and Ubuntu does not know CRON_TZ and goes by the clock of the machine: the script's own reckoning
    // in UTC (--due) keeps one backup per slot even so.
    let line = format!(
        "{}CRON_TZ=UTC\n{} {}\n",
        about(order),
        when::cron(order.schedule),
        quote::crontab(&format!("{run} --quiet --wait-lock 60 {words}"))
    );
    vec![
        client(),
        Piece::file("script.step.save", "~/.local/bin/carrete-backup.py", SCRIPT.to_owned()),
        credential::make(order),
        Piece::commands("script.step.try", format!("( {run} --dry-run {} )\n", without_due(&words))),
        Piece::commands("script.step.crontab", line),
    ]
}

/// For the whole machine: the service runs as a user of its own that may do next to nothing.
pub fn systemd(order: Order<'_>) -> Vec<Piece> {
    let words: Vec<String> = arguments(order).iter().map(|word| quote::systemd(word)).collect();
    let about = about(order);
    let service = format!(
        "{about}[Unit]
Description=Backups of OpenStack servers by Carrete's script
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart=/usr/bin/python3 /usr/local/lib/carrete/carrete-backup.py --lock %S/carrete-backup/lock {}
EnvironmentFile=/etc/carrete/openstack.env
Environment=HOME=%S/carrete-backup
DynamicUser=yes
StateDirectory=carrete-backup
StateDirectoryMode=0700
UMask=0077
CapabilityBoundingSet=
LockPersonality=yes
NoNewPrivileges=yes
PrivateDevices=yes
PrivateTmp=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
ProtectSystem=strict
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
",
        words.join(" ")
    );
    let timer = format!(
        "{about}[Unit]
Description=When Carrete's backups are due

[Timer]
OnCalendar={}
Persistent=true

[Install]
WantedBy=timers.target
",
        when::on_calendar(order.schedule)
    );
    let install = format!(
        "sudo install -D -m 755 carrete-backup.py /usr/local/lib/carrete/carrete-backup.py
sudo install -D -m 600 {FILE} /etc/carrete/openstack.env && rm {FILE}
sudo systemctl daemon-reload
sudo systemctl enable --now carrete-backup.timer
systemctl list-timers carrete-backup.timer
"
    );
    vec![
        Piece::commands("script.step.client", "sudo apt install python3-openstackclient\n".to_owned()),
        Piece::file("script.step.save", "carrete-backup.py", SCRIPT.to_owned()),
        credential::make(order),
        Piece::file("script.step.save", "/etc/systemd/system/carrete-backup.service", service),
        Piece::file("script.step.save", "/etc/systemd/system/carrete-backup.timer", timer),
        Piece::commands("script.step.install", install),
        Piece::commands(
            "script.step.first_run",
            "sudo systemctl start carrete-backup.service; journalctl -u carrete-backup -e\n".to_owned(),
        ),
    ]
}

fn client() -> Piece {
    Piece::commands("script.step.client", "pipx install python-openstackclient\n".to_owned())
}

/// A dry run shows the plan also when nothing is due.
fn without_due(words: &str) -> &str {
    words.trim_start_matches("--due").trim_start()
}
