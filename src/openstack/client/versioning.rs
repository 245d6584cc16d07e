//! Which microversion a service is spoken to in, and which header the browser is allowed to say it with.

use super::{Attempt, Client};
use crate::openstack::call::{Base, Call, Method, Request, Service};
use crate::openstack::error::{ApiError, Lost};
use crate::openstack::microversion::{self, Microversion, Versions, ceiling, negotiate};
use crate::openstack::transport::Transport;

/// What is known of a service's microversions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Speaks {
    Unasked,
    /// The service knows it; whether CORS lets the header through has not been seen yet.
    Untested(Microversion),
    /// `None`: no header is sent.
    Settled(Option<(Header, Microversion)>),
}

/// Which header carries the microversion. Some operators allow only Nova's old one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Header {
    Standard,
    NovaLegacy,
}

impl<T: Transport + 'static> Client<T> {
    /// The microversion that is sent, where that is known already. `None` also stands for none at all.
    pub fn microversion(&self, service: Service) -> Option<Microversion> {
        match self.of(service).speaks.get() {
            Speaks::Unasked => None,
            Speaks::Untested(version) => Some(version),
            Speaks::Settled(settled) => settled.map(|(_, version)| version),
        }
    }

    /// Nova answers, but takes no version header from this page: new images are found by their nonce, and the operator
    /// should allow `OpenStack-API-Version`.
    pub fn is_reduced(&self) -> bool {
        self.of(Service::Compute).speaks.get() == Speaks::Settled(None)
    }

    /// Sends a request with the right version header, or with none.
    pub(super) async fn in_version(&self, request: &Request, era: u64) -> Attempt {
        let service = self.of(request.service);
        let versioned = matches!(request.service, Service::Compute | Service::BlockStorage);
        if !versioned || request.base == Base::Root {
            return self.deliver(request, None, era).await;
        }
        if let Some(attempt) = self.try_newest(request, era).await {
            return attempt;
        }
        if let Err(error) = self.ask_versions(request.service).await {
            return self.failed(error);
        }
        if matches!(service.speaks.get(), Speaks::Untested(_)) && !request.method.is_safe() {
            // A creating call is no probe: when it fails nobody knows whether it was carried out.
            if let Err(error) = self.try_headers(request.service, era).await {
                return self.failed(error);
            }
        }
        let before = service.speaks.get();
        let attempt = self.deliver(request, self.header(request, before), era).await;
        match (&attempt.outcome, before) {
            (Err(ApiError::VersionNotSupported { range, .. }), _) => {
                let lower = range.and_then(|(min, max)| negotiate(request.service, min, max));
                let style = if let Speaks::Settled(Some((style, _))) = before { style } else { Header::Standard };
                let now = Speaks::Settled(lower.map(|version| (style, version)));
                if now == before {
                    return attempt;
                }
                self.learn(request.service, now, era);
                self.deliver(request, self.header(request, now), era).await
            }
            (Err(ApiError::Transport { lost: Lost::Failed, .. } | ApiError::Cors { .. }), Speaks::Untested(_)) => {
                match self.try_headers(request.service, era).await {
                    Ok(()) => self.deliver(request, self.header(request, service.speaks.get()), era).await,
                    Err(error) => self.failed(error),
                }
            }
            // Not sent, or not answered.
            (Err(ApiError::SessionEnded | ApiError::Transport { .. } | ApiError::MixedContent { .. }), _) => attempt,
            (_, Speaks::Untested(version)) => {
                self.learn(request.service, Speaks::Settled(Some((Header::Standard, version))), era);
                attempt
            }
            _ => attempt,
        }
    }

    /// Reads with the newest version before anything is known of the service: where that is right, which it is on most
    /// clouds, the list of versions need not be asked for, and the first screen is there one round trip earlier. A refusal
    /// changes nothing in the cloud. `None`: it has to be found out.
    async fn try_newest(&self, request: &Request, era: u64) -> Option<Attempt> {
        let (one, newest) = (self.of(request.service), ceiling(request.service)?);
        let proves = request.method.is_safe() && request.microversion.is_none_or(|version| version >= newest);
        if !proves || one.speaks.get() != Speaks::Unasked || one.asking.try_lock().is_none() {
            return None;
        }
        let guess = Speaks::Settled(Some((Header::Standard, newest)));
        let attempt = self.deliver(request, self.header(request, guess), era).await;
        match &attempt.outcome {
            Ok(_) => self.learn(request.service, guess, era),
            // A refusal usually says what the service speaks.
            Err(ApiError::VersionNotSupported { range, .. }) => {
                if let Some((min, max)) = range {
                    let lower = negotiate(request.service, *min, *max);
                    self.learn(request.service, Speaks::Settled(lower.map(|it| (Header::Standard, it))), era);
                }
                return None;
            }
            Err(ApiError::Cors { .. } | ApiError::Transport { lost: Lost::Failed, .. }) => return None,
            Err(_) => {}
        }
        Some(attempt)
    }

    /// What one region's service speaks says nothing of another's.
    fn learn(&self, service: Service, speaks: Speaks, era: u64) {
        if self.0.era.get() == era {
            self.of(service).speaks.set(speaks);
        }
    }

    fn failed(&self, error: ApiError) -> Attempt {
        Attempt { generation: self.0.generation.get(), outcome: Err(error) }
    }

    /// The header for a request; a request's own version only ever lowers the session's.
    fn header(&self, request: &Request, speaks: Speaks) -> Option<(&'static str, String)> {
        let (style, version) = match speaks {
            Speaks::Unasked | Speaks::Settled(None) => return None,
            Speaks::Untested(version) => (Header::Standard, version),
            Speaks::Settled(Some(settled)) => settled,
        };
        let version = request.microversion.map_or(version, |lower| lower.min(version));
        match style {
            Header::Standard => microversion::header(request.service, version),
            Header::NovaLegacy => Some(("X-OpenStack-Nova-API-Version", version.to_string())),
        }
    }

    /// Reads the service's list of versions, once. Only a service that cannot be reached is an error: one that has no
    /// readable list is spoken to without a header.
    async fn ask_versions(&self, service: Service) -> Result<(), ApiError> {
        let one = self.of(service);
        if one.speaks.get() != Speaks::Unasked {
            return Ok(());
        }
        let _turn = one.asking.lock().await;
        if one.speaks.get() != Speaks::Unasked {
            return Ok(());
        }
        let (call, era) = (Versions(service), self.0.era.get());
        let range = match self.deliver(&call.request(), None, era).await.outcome {
            Ok(response) => call.parse(response).unwrap_or_default(),
            Err(error) if error.answer().is_some() && !error.is_passing() => None,
            Err(error) => return Err(error),
        };
        let version = range.and_then(|(min, max)| negotiate(service, min, max));
        self.learn(service, version.map_or(Speaks::Settled(None), Speaks::Untested), era);
        Ok(())
    }

    /// Finds out which version header the browser is allowed to send: a refused preflight looks like a lost answer, so
    /// the same harmless GET is tried with the standard header, with Nova's old one, and with none.
    async fn try_headers(&self, service: Service, era: u64) -> Result<(), ApiError> {
        let one = self.of(service);
        let _turn = one.asking.lock().await;
        let Speaks::Untested(version) = one.speaks.get() else {
            return Ok(());
        };
        let probe = Request::new(service, Method::Get, "/").at_root();
        let mut ways = vec![Some((Header::Standard, version)), None];
        if service == Service::Compute {
            ways.insert(1, Some((Header::NovaLegacy, version)));
        }
        let mut last = ApiError::NoEndpoint { service };
        for way in ways {
            match self.deliver(&probe, self.header(&probe, Speaks::Settled(way)), era).await.outcome {
                Err(ApiError::SessionEnded) => return Err(ApiError::SessionEnded),
                Err(error @ (ApiError::Transport { .. } | ApiError::Cors { .. } | ApiError::MixedContent { .. })) => {
                    last = error;
                }
                // Any answer at all means that the preflight went through.
                _ => {
                    self.learn(service, Speaks::Settled(way), era);
                    return Ok(());
                }
            }
        }
        Err(last)
    }

    pub(super) fn forget_versions(&self) {
        for service in &self.0.services {
            service.speaks.set(Speaks::Unasked);
        }
    }
}
