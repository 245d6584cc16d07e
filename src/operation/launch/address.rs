//! The address: the server's port, and the floating IP that points at it.

use super::*;

impl Launch {
    pub(super) fn ports(&mut self, context: Context<'_>, ports: &[Port], late: bool, now: Millis) {
        let found = ports.iter().find_map(|port| port.ipv4().map(|ip| (port.id.clone(), ip.to_owned())));
        if let Some((_, ip)) = &found {
            self.fixed.get_or_insert_with(|| ip.clone());
        }
        let Phase::Port { since } = &self.phase else { return };
        match (found, &self.spec.floating_ip) {
            (_, FloatingIpChoice::None) if self.fixed.is_some() || late => self.succeed(None),
            (Some(port), choice) if *choice != FloatingIpChoice::None => {
                self.poll = Poll::at(now);
                self.phase = match choice {
                    FloatingIpChoice::Existing { id, .. } => Phase::Checking { id: id.clone(), tries: 0 },
                    _ => Phase::Allocating(Ask::Ready),
                };
                self.port = Some(port);
            }
            _ if late => self.warn(Message::new("operation.launch.no_port"), Vec::new()),
            _ => {
                let since = *since;
                self.poll.again(Pace::Brisk, since, now, context.id);
            }
        }
    }

    pub(super) fn allocating(&mut self, context: Context<'_>, event: Event, now: Millis) {
        let Phase::Allocating(ask) = &mut self.phase else {
            return;
        };
        match event {
            Event::Asking => ask.send(now),
            Event::Resumed => ask.resumed(now),
            Event::FloatingIps(all) => {
                let wanted = description(context);
                // Neutron may leave the description out of an answer, but never out of a look.
                let answer = matches!(ask, Ask::Sent(sent) if sent.is_awaiting());
                match all.into_iter().find(|ip| ip.description == wanted || answer) {
                    Some(ip) => self.allocated(ip, now),
                    None if ask.in_vain(GRACE, now) => {
                        let error = match ask {
                            Ask::Sent(sent) => sent.error.clone(),
                            Ask::Ready => None,
                        };
                        self.without_ip(error);
                    }
                    None => {}
                }
            }
            Event::Failed(error) => {
                if let Some(error) = ask.failed(error, now) {
                    self.without_ip(Some(error));
                }
            }
            _ => {}
        }
    }

    pub(super) fn allocated(&mut self, ip: FloatingIp, now: Millis) {
        let ours = self.port.as_ref().map(|(port, _)| port);
        if ip.port_id.is_some() && ip.port_id.as_ref() == ours {
            return self.succeed(Some(ip.floating_ip_address));
        }
        self.poll = Poll::at(now);
        self.phase = Phase::Associating { id: ip.id, address: ip.floating_ip_address, tries: 0 };
    }

    pub(super) fn associating(&mut self, event: Event, now: Millis) {
        let ours = self.port.as_ref().map(|(port, _)| port.clone());
        let (id, tries) = match &self.phase {
            Phase::Checking { id, tries } | Phase::Associating { id, tries, .. } => (id.clone(), *tries),
            _ => return,
        };
        match event {
            Event::FloatingIps(all) => {
                let Some(ip) = all.into_iter().find(|ip| ip.id == id) else {
                    return self.poll.failed(now);
                };
                match &ip.port_id {
                    port @ Some(_) if *port == ours => self.succeed(Some(ip.floating_ip_address)),
                    Some(_) => {
                        let message = Message::new("operation.launch.ip_taken").text("address", ip.floating_ip_address);
                        self.warn(message, Vec::new());
                    }
                    None => {
                        let tries = tries + 1;
                        if tries > TRIES {
                            return self.without_ip(None);
                        }
                        // Neutron may still be at it; it is asked again at a calmer pace.
                        self.poll = Poll::at(now.plus(if tries > 1 { 2_000 } else { 0 }));
                        self.phase = Phase::Associating { id: ip.id, address: ip.floating_ip_address, tries };
                    }
                }
            }
            Event::Failed(error) if error.class == ErrorClass::SessionEnded => self.poll.failed(now),
            Event::Failed(error) if error.class == ErrorClass::Unknown && tries < TRIES => {
                self.poll.failed(now);
                self.phase = Phase::Checking { id, tries: tries + 1 };
            }
            Event::Failed(error) => self.without_ip(Some(error)),
            // Whether the answer was lost is not known: look before asking again.
            Event::Resumed => self.phase = Phase::Checking { id, tries },
            _ => {}
        }
    }

    pub(super) fn succeed(&mut self, floating: Option<String>) {
        let address = floating.or_else(|| self.fixed.clone());
        let message = Message::new("operation.launch.done").text("name", &self.spec.name);
        let done = Outcome { server: self.server.clone(), address, ..Outcome::new(message) };
        self.phase = Phase::Ended { end: End::Done(done), step: usize::MAX };
    }

    /// The server runs, the floating IP failed.
    pub(super) fn without_ip(&mut self, error: Option<EffectError>) {
        let reason = error.map(|error| error.message).unwrap_or_else(|| Message::new("operation.launch.ip_unknown"));
        let warning = Message::new("operation.launch.ip_failed").with("reason", Arg::Sentence(Box::new(reason)));
        let leftovers = match (&self.phase, &self.spec.floating_ip) {
            (Phase::Associating { id, address, .. }, FloatingIpChoice::Allocate { .. }) => {
                vec![Leftover::FloatingIp { id: id.clone(), name: address.clone() }]
            }
            (Phase::Checking { id, .. }, FloatingIpChoice::Allocate { .. }) => {
                vec![Leftover::FloatingIp { id: id.clone(), name: id.to_string() }]
            }
            _ => Vec::new(),
        };
        self.warn(warning, leftovers);
    }

    pub(super) fn warn(&mut self, warning: Message, leftovers: Vec<Leftover>) {
        let message = Message::new("operation.launch.done_without_ip").text("name", &self.spec.name);
        let done = Outcome {
            server: self.server.clone(),
            address: self.fixed.clone(),
            warnings: vec![warning],
            leftovers,
            retry_floating_ip: true,
            ..Outcome::new(message)
        };
        self.phase = Phase::Ended { end: End::Done(done), step: usize::MAX };
    }
}
