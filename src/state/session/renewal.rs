//! New tokens for old: by the secret in memory, or by the dialog that asks for it.

use std::sync::Arc;

use futures::channel::oneshot;
use leptos::prelude::*;

use super::{Asking, Cloud, Proof, Session, SignedIn, is_given, lasting};
use crate::browser::{clock, visibility};
use crate::openstack::{ApiError, Credentials, IssueToken, RevokeToken, Scope, Token};

/// The longest pause of a page that cannot renew its token, in seconds.
const LONGEST: u64 = 300;

impl Session {
    /// The dialog's answer.
    pub async fn answer(self, credentials: Credentials) {
        let Ok(cloud) = self.cloud() else { return };
        let epoch = self.epoch.get_value();
        self.asking.update(|asking| {
            if let Some(asking) = asking {
                asking.busy = true;
            }
        });
        let given = cloud.token_for(credentials.clone(), self.scope()).await;
        let is_same =
            |token: &Token| self.who.with_untracked(|who| who.as_ref().is_none_or(|who| who.user_id == token.user.id));
        match given {
            // Nobody waits for it any more.
            Ok(token) if self.epoch.get_value() != epoch => {
                if !is_given(&credentials, &token) {
                    let _ = cloud.call(&RevokeToken { token: token.secret }).await;
                }
            }
            // Only a pasted one can be: the others are asked for in the name of who is signed in.
            Ok(token) if !is_same(&token) => {
                if !is_given(&credentials, &token) {
                    let _ = cloud.call(&RevokeToken { token: token.secret }).await;
                }
                self.refuse(ApiError::OtherUser);
            }
            Ok(token) => {
                self.credentials.set_value(lasting(credentials));
                self.asking.set(None);
                self.reply(Ok(token));
            }
            Err(error) => self.refuse(error),
        }
    }

    /// The answer was not accepted.
    fn refuse(self, error: ApiError) {
        self.asking.update(|asking| {
            if let Some(asking) = asking {
                asking.busy = false;
                asking.error = Some(error);
            }
        });
    }

    /// The dialog was refused.
    pub fn give_up(self) {
        self.asking.set(None);
        self.reply(Err(ApiError::SessionEnded));
        self.forget(false);
    }

    fn reply(self, answer: Result<Token, ApiError>) {
        let waiting = self.answer.try_update_value(Option::take).flatten();
        if let Some(waiting) = waiting {
            let _ = waiting.send(answer);
        }
    }

    fn scope(self) -> Scope {
        match self.who.with_untracked(|who| who.as_ref().map(|who| who.project.id.clone())) {
            Some(project) => Scope::ProjectId(project),
            None => Scope::Unscoped,
        }
    }

    /// Called by the client of the sign-in `epoch`, once for all requests that met a 401.
    pub(super) async fn renewed(self, epoch: u64) -> Result<Token, ApiError> {
        let cloud = self.cloud()?;
        let standing = self.standing(&cloud);
        if standing.0 != epoch {
            return Err(ApiError::SessionEnded);
        }
        let token = match self.credentials.get_value() {
            Some(credentials) => {
                match cloud.call(&IssueToken { credentials, scope: self.scope() }).await {
                    // The password has changed, or a one-time code is spent: only the user can help.
                    Err(error @ (ApiError::Unauthorized(_) | ApiError::MoreFactors { .. }))
                        if self.standing(&cloud) == standing =>
                    {
                        self.credentials.set_value(None);
                        self.ask(Some(error)).await?
                    }
                    other => other?,
                }
            }
            None => self.ask(None).await?,
        };
        if self.standing(&cloud) == standing {
            self.issued(&token);
            self.keep_token(&cloud, &token, standing).await;
        }
        if self.standing(&cloud) == standing {
            self.who.update(|who| {
                if let Some(who) = who {
                    *who = Arc::new(SignedIn { expires_at: token.expires_at, ..(**who).clone() });
                }
            });
        }
        // If somebody has switched or signed out meanwhile, the client does not take it, and revokes it.
        Ok(token)
    }

    async fn ask(self, error: Option<ApiError>) -> Result<Token, ApiError> {
        let token = self.cloud.with_value(|cloud| cloud.as_ref().and_then(Cloud::token));
        let proof = token.map_or(Proof::Password, |token| Proof::of(&token));
        let (tell, told) = oneshot::channel();
        self.answer.set_value(Some(tell));
        self.asking.set(Some(Asking { proof, error, busy: false }));
        told.await.unwrap_or(Err(ApiError::SessionEnded))
    }

    /// Renews before the end, as long as a secret is in memory: nobody has to notice. Behind a hidden page only what works
    /// there renews, when it needs the token: `docs/decisions/004-hidden-tabs.md`.
    pub(super) async fn keep_alive(self, epoch: u64) {
        let mut failures = 0;
        loop {
            let left = self.who.with_untracked(|who| who.as_ref().and_then(|who| who.expires_at));
            let left = left.map_or(600, |end| self.now().age(end));
            let margin = 300.min(self.lifetime() / 3);
            clock::sleep(pause(left, margin, failures) * 1000).await;
            if self.epoch.get_value() != epoch {
                return;
            }
            let has_secret = self.credentials.with_value(Option::is_some);
            if let (true, false, Ok(cloud)) = (has_secret, visibility::is_hidden(), self.cloud()) {
                // A failure is met again, and told, by the next request that needs the token.
                let outcome = cloud.ensure_fresh(margin + 1, self.now()).await;
                failures = outcome.map_or(u32::saturating_add(failures, 1), |()| 0);
            }
        }
    }

    /// Seconds that this cloud's tokens live.
    pub(super) fn lifetime(self) -> u64 {
        let token = self.cloud.with_value(|cloud| cloud.as_ref().and_then(Cloud::token));
        token
            .and_then(|token| Some(token.issued_at?.age(token.expires_at?)))
            .filter(|seconds| *seconds > 0)
            .unwrap_or(3600)
    }
}

/// Seconds until the token is looked at again: when it comes near its end, and ever later while it cannot be renewed.
fn pause(left: u64, margin: u64, failures: u32) -> u64 {
    match failures {
        0 => left.saturating_sub(margin).clamp(1, 600),
        _ => LONGEST.min(1 << failures.min(9)),
    }
}

#[cfg(test)]
mod tests {
    use super::pause;

    #[test]
    fn a_token_is_looked_at_near_its_end_and_ever_later_while_it_cannot_be_renewed() {
        assert_eq!([3600, 400, 300, 0].map(|left| pause(left, 300, 0)), [600, 100, 1, 1]);
        let failing: Vec<u64> = (1..12).map(|failures| pause(120, 300, failures)).collect();
        assert_eq!(failing, [2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        assert_eq!(pause(0, 300, u32::MAX), 300);
    }
}
