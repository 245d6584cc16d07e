//! Launching: key pairs, floating IPs, and what is refused.

use carrete::model::ServerStatus;
use carrete::openstack::compute::{CreateServer, DeleteKeypair, ImportKeypair, Keypairs, ShowServer};
use carrete::openstack::keys;
use carrete::openstack::network::{
    AssociateFloatingIp, CreateFloatingIp, DeleteFloatingIp, FloatingIps, Networks, Ports,
};
use carrete::openstack::{ApiError, Context, Doing, sentence};

use super::cloud::{Cloud, Thing, metadata, run, unique};

/// A valid pair (RFC 8032, section 7.1, test 1).
fn public_key() -> String {
    let hex = |text: &str| -> [u8; 32] {
        std::array::from_fn(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).unwrap())
    };
    let seed = hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
    let public = hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    keys::ed25519(&seed, &public, "contract").unwrap().public
}

async fn pool(cloud: &Cloud) -> carrete::model::NetworkId {
    let pools = cloud.client.all(Networks::default().with("router:external", "true"), |_| {}).await.unwrap();
    pools.first().expect("an external network").id.clone()
}

#[test]
fn a_server_is_reached_with_its_key_at_its_floating_ip() {
    run("e2e6", "e2e6", async |cloud| {
        let key = unique("key");
        let import = ImportKeypair { name: key.clone(), public_key: public_key() };
        assert_eq!(cloud.ok(&import).await.kind, "ssh");
        cloud.made(Thing::Keypair(key.clone()));
        let twice = cloud.error(&import).await;
        assert_eq!(sentence(&twice, Context::doing(Doing::Keypair)).key, "error.keypair_exists", "{twice:?}");
        let listed = cloud.client.all(Keypairs::default(), |_| {}).await.unwrap();
        assert!(listed.iter().any(|pair| pair.name == key && pair.public_key == import.public_key));

        let mut launch = cloud.smallest(&unique("reached")).await;
        launch.key_name = Some(key.clone());
        let server = cloud.launch(launch).await;
        assert_eq!(server.key_name.as_deref(), Some(key.as_str()));
        let ports = cloud.client.all(Ports::of_server(&server.id), |_| {}).await.unwrap();
        assert!(ports.len() == 1 && ports[0].ipv4().is_some(), "{ports:?}");

        let (pool, port) = (pool(&cloud).await, Some(ports[0].id.clone()));
        let call = CreateFloatingIp { pool, port: port.clone(), fixed_ip: None, description: unique("nonce") };
        let address = cloud.ok(&call).await;
        cloud.made(Thing::FloatingIp(address.id.clone()));
        assert!(address.port_id == port && address.description == call.description);
        let mine = cloud.client.all(FloatingIps::default().with("description", call.description.clone()), |_| {}).await;
        assert_eq!(mine.unwrap()[0].port_details.device_id, server.id);
        let free = cloud.ok(&AssociateFloatingIp { floating_ip: address.id.clone(), port: None, fixed_ip: None }).await;
        assert_eq!(free.port_id, None);
        let again = cloud
            .ok(&AssociateFloatingIp {
                floating_ip: address.id.clone(),
                port,
                fixed_ip: ports[0].ipv4().map(str::to_owned),
            })
            .await;
        assert!(again.port_id.is_some());
        cloud
            .until(60, "Nova shows the address", async || {
                let shown = cloud.ok(&ShowServer(server.id.clone())).await;
                shown.best_address().is_some_and(|best| best.addr == address.floating_ip_address).then_some(())
            })
            .await;
        cloud.ok(&DeleteFloatingIp(address.id)).await;
        cloud.ok(&DeleteKeypair(key.clone())).await;
        assert!(cloud.error(&DeleteKeypair(key)).await.is_not_found());
    });
}

#[test]
fn what_nova_does_not_take_is_refused_in_words() {
    run("e2e6", "e2e6", async |cloud| {
        let key = |error: ApiError, doing| sentence(&error, Context::doing(doing)).key;
        let bad = ImportKeypair { name: unique("bad"), public_key: "ssh-ed25519 AAAA".into() };
        assert_eq!(key(cloud.error(&bad).await, Doing::Keypair), "error.keypair_invalid");
        let mut launch = cloud.smallest("contract-refused").await;
        launch.key_name = Some("no such key".into());
        assert_eq!(key(cloud.error(&CreateServer(launch.clone())).await, Doing::Launch), "error.unknown_keypair");
        launch.key_name = None;
        launch.boot = carrete::openstack::compute::BootFrom::Image("00000000-0000-4000-8000-000000000000".into());
        assert!(matches!(cloud.error(&CreateServer(launch.clone())).await, ApiError::BadRequest(_)));
        launch.name = " outer spaces ".into();
        assert!(matches!(cloud.error(&CreateServer(launch)).await, ApiError::BadRequest(_)));
    });
}

#[test]
fn quotas_are_told_as_quotas() {
    run("tight", "tight", async |cloud| {
        let free = cloud.client.all(FloatingIps::default(), |_| {}).await.unwrap();
        for left_over in free {
            cloud.ok(&DeleteFloatingIp(left_over.id)).await;
        }
        let call =
            CreateFloatingIp { pool: pool(&cloud).await, port: None, fixed_ip: None, description: unique("only") };
        let only = cloud.ok(&call).await;
        cloud.made(Thing::FloatingIp(only.id));
        let error = cloud.error(&call).await;
        assert_eq!(sentence(&error, Context::doing(Doing::FloatingIp)).key, "error.quota_floating_ips", "{error:?}");
    });
}

#[test]
fn a_failed_launch_says_why() {
    run("e2e6", "e2e6", async |cloud| {
        let mut launch = cloud.smallest(&unique("broken")).await;
        launch.metadata = metadata(&[("testbed_fail_spawn", "true")]);
        let server = cloud.ok(&CreateServer(launch)).await.id;
        cloud.made(Thing::Server(server.clone()));
        let failed = cloud
            .until(60, "the server is in ERROR", async || {
                let shown = cloud.ok(&ShowServer(server.clone())).await;
                (shown.status == ServerStatus::Error).then_some(shown)
            })
            .await;
        assert!(failed.fault.is_some_and(|fault| !fault.message.is_empty()));
    });
}
