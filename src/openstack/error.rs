pub struct ApiError;
