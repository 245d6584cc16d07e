//! One renewal for all who meet an expired token.

use std::rc::Rc;

use futures::FutureExt;
use futures::future::{LocalBoxFuture, Shared};

use super::Client;
use crate::model::Moment;
use crate::openstack::error::ApiError;
use crate::openstack::token::Token;
use crate::openstack::transport::Transport;

/// Gets a new token for the same user and project, by whatever the owner has: a password in memory, an application
/// credential, or a person who is asked and takes minutes. Must not use a call that needs the session's token.
pub type Renew = Rc<dyn Fn() -> LocalBoxFuture<'static, Result<Token, ApiError>>>;

/// With the generation of the token that it is for.
pub(super) type Renewing = (u64, Shared<LocalBoxFuture<'static, Result<(), ApiError>>>);

impl<T: Transport + 'static> Client<T> {
    /// Renews the token unless it lasts `seconds` more. Nova uses the caller's token for the whole upload of an image and
    /// for the rotation after it (nova/conf/service_token.py: a service token is off by default), so this comes before.
    ///
    /// `now` is the cloud's time: this machine's plus `Token::skew`.
    pub async fn ensure_fresh(&self, seconds: u64, now: Moment) -> Result<(), ApiError> {
        let (generation, token) = (self.0.generation.get(), self.token().ok_or(ApiError::SessionEnded)?);
        let left = token.seconds_left(now);
        if left >= seconds || (left > 0 && self.0.renew.borrow().is_none()) {
            return Ok(());
        }
        self.renewed(generation).await
    }

    /// Waits for a token newer than the one that was refused. All who wait share one renewal.
    ///
    /// What comes is taken only while the refused token is still in force. If another project was switched to meanwhile, or
    /// the user has signed out, nobody needs it: it is revoked.
    pub(super) async fn renewed(&self, refused: u64) -> Result<(), ApiError> {
        if self.0.generation.get() != refused {
            return Ok(());
        }
        let underway = self.0.renewing.borrow().clone().filter(|(of, _)| *of == refused);
        let (_, renewal) = match underway {
            Some(renewing) => renewing,
            None => {
                let renew = self.0.renew.borrow().clone().ok_or(ApiError::SessionEnded)?;
                let client = self.clone();
                let renewal = async move {
                    let outcome = renew().await;
                    client.0.renewing.borrow_mut().take_if(|(of, _)| *of == refused);
                    match outcome {
                        Ok(token) if client.0.generation.get() == refused => {
                            client.adopt(token);
                            Ok(())
                        }
                        Ok(token) => {
                            client.revoke(&token).await;
                            Ok(())
                        }
                        Err(_) if client.0.generation.get() != refused => Ok(()),
                        Err(ApiError::Unauthorized(_)) => Err(ApiError::SessionEnded),
                        Err(error) => Err(error),
                    }
                };
                let renewing = (refused, renewal.boxed_local().shared());
                self.0.renewing.replace(Some(renewing.clone()));
                renewing
            }
        };
        renewal.await
    }
}
