#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Microversion(pub u16, pub u16);
