//! Reading: every list, paging, versions, and what is not there.

use carrete::model::ImageUsage;
use carrete::openstack::block_storage::{self, ListSnapshots, ListVolumes, ShowSnapshot, ShowVolume};
use carrete::openstack::compute::{
    self, AvailabilityZones, DeleteServer, Flavors, Keypairs, ListActions, ListServers, ShowServer,
};
use carrete::openstack::image::{DeleteImage, ListImages, ShowImage, Usage};
use carrete::openstack::network::{DeleteFloatingIp, FloatingIps, Networks, Quota, SecurityGroups};
use carrete::openstack::{ApiError, Context, Microversion, Service, sentence};

use super::cloud::run;

#[test]
fn every_list_can_be_read() {
    run("e2e6", "e2e6", async |cloud| {
        let client = &cloud.client;
        let flavors = client.all(Flavors::default(), |_| {}).await.unwrap();
        assert!(flavors.iter().any(|flavor| flavor.ram > 0 && flavor.vcpus > 0));
        let images = client.all(ListImages::default(), |_| {}).await.unwrap();
        assert!(images.iter().any(|image| image.name == "tiny" && image.size > Some(0) && image.created_at.is_some()));
        let networks = client.all(Networks::default(), |_| {}).await.unwrap();
        assert!(networks.iter().any(|network| network.external) && networks.iter().any(|network| !network.external));
        let pools = client.all(Networks::default().with("router:external", "true"), |_| {}).await.unwrap();
        assert!(!pools.is_empty() && pools.iter().all(|network| network.external));
        let groups = client.all(SecurityGroups::default(), |_| {}).await.unwrap();
        assert!(groups.iter().any(|group| group.name == "default"));
        client.all(FloatingIps::default(), |_| {}).await.unwrap();
        client.all(ListServers::default(), |_| {}).await.unwrap();
        client.all(Keypairs::default(), |_| {}).await.unwrap();
        client.all(ListVolumes::default(), |_| {}).await.unwrap();
        client.all(ListSnapshots::default(), |_| {}).await.unwrap();
        assert!(!cloud.ok(&AvailabilityZones).await.is_empty());
    });
}

#[test]
fn quotas_and_use_can_be_read() {
    run("tight", "tight", async |cloud| {
        let compute = cloud.ok(&compute::Limits).await;
        assert_eq!(compute.max_total_instances, 2);
        let volumes = cloud.ok(&block_storage::Limits).await;
        assert_eq!((volumes.max_total_volumes, volumes.max_total_snapshots), (4, 1));
        let project = cloud.client.token().unwrap().project.as_ref().unwrap().id.clone();
        let network = cloud.ok(&Quota(project)).await;
        assert_eq!(network.floatingip.limit, 1);
        // Without unified limits Glance limits nothing, and says so.
        assert_eq!(cloud.ok(&Usage).await, ImageUsage::default());
    });
}

#[test]
fn pages_add_up_to_the_whole() {
    run("e2e6", "e2e6", async |cloud| {
        let whole = cloud.client.all(ListImages::default(), |_| {}).await.unwrap();
        let mut pages = 0;
        let one_by_one = ListImages { limit: 1, ..ListImages::default() };
        let parts = cloud.client.all(one_by_one.with("visibility", "public"), |_| pages += 1).await.unwrap();
        let public: Vec<_> =
            whole.iter().filter(|image| image.visibility == carrete::model::Visibility::Public).collect();
        assert!(parts.len() >= 2 && pages >= parts.len());
        assert_eq!(
            parts.iter().map(|image| &image.id).collect::<Vec<_>>(),
            public.iter().map(|image| &image.id).collect::<Vec<_>>()
        );
    });
}

#[test]
fn versions_are_the_newest_that_both_know() {
    run("e2e6", "e2e6", async |cloud| {
        cloud.ok(&ListServers::default()).await;
        cloud.ok(&ListVolumes::default()).await;
        assert_eq!(cloud.client.microversion(Service::Compute), Some(Microversion(2, 72)));
        assert_eq!(cloud.client.microversion(Service::BlockStorage), Some(Microversion(3, 70)));
        let sent = cloud.client.transport().sent.get();
        cloud.ok(&ListServers::default()).await;
        assert_eq!(cloud.client.transport().sent.get(), sent + 1);
    });
}

#[test]
fn what_does_not_exist_is_not_found_everywhere() {
    run("e2e6", "e2e6", async |cloud| {
        let id = "00000000-0000-4000-8000-000000000000";
        let errors = [
            cloud.error(&ShowServer(id.into())).await,
            cloud.error(&DeleteServer(id.into())).await,
            cloud.error(&ListActions { server: id.into() }).await,
            cloud.error(&ShowImage(id.into())).await,
            cloud.error(&DeleteImage(id.into())).await,
            cloud.error(&ShowVolume(id.into())).await,
            cloud.error(&ShowSnapshot(id.into())).await,
            cloud.error(&DeleteFloatingIp(id.into())).await,
            cloud.error(&ShowServer("../flavors".into())).await,
        ];
        for error in errors {
            assert!(matches!(error, ApiError::NotFound(_)), "{error:?}");
            assert!(
                error.request_id().is_some() && !error.text().contains('<') && !error.text().starts_with("HTTP"),
                "{error:?}"
            );
            assert_eq!(sentence(&error, Context::default()).key, "error.not_found");
        }
    });
}

#[test]
fn both_regions_answer() {
    run("e2e6", "e2e6", async |cloud| {
        let regions = cloud.client.token().unwrap().catalog.regions();
        assert!(regions.len() >= 2, "{regions:?}");
        cloud.client.set_region("RegionTwo");
        cloud.ok(&ListServers::default()).await;
        assert!(!cloud.client.has(Service::Workflow));
    });
}

/// One header too many and the browser refuses the whole call, so each request's headers are asked for as a browser would.
#[test]
fn a_browser_may_send_every_header_that_is_sent() {
    run("e2e6", "e2e6", async |cloud| {
        let id = "00000000-0000-4000-8000-000000000000";
        let token = cloud.client.token().unwrap();
        cloud.ok(&carrete::openstack::ValidateToken { token: token.secret.clone() }).await;
        cloud.ok(&ListServers::default()).await;
        cloud.ok(&ListVolumes::default()).await;
        cloud.ok(&ListImages::default()).await;
        cloud.ok(&Networks::default()).await;
        let patch = carrete::openstack::image::PatchImage {
            image: id.into(),
            changes: vec![carrete::openstack::image::ImageChange::Protected(true)],
        };
        cloud.error(&patch).await;
        cloud.error(&DeleteServer(id.into())).await;
        let backup = compute::CreateBackup {
            server: id.into(),
            name: "x".into(),
            backup_type: "x".into(),
            rotation: 1,
            metadata: Default::default(),
        };
        cloud.error(&backup).await;
        let floating =
            carrete::openstack::network::AssociateFloatingIp { floating_ip: id.into(), port: None, fixed_ip: None };
        cloud.error(&floating).await;
        let http = cloud.client.transport();
        let sent = http.preflights.borrow().clone();
        assert!(sent.len() >= 9, "{sent:?}");
        let origin = std::env::var("CARRETE_PAGE_ORIGIN").unwrap_or_else(|_| "http://127.0.0.1:28080".to_owned());
        for preflight in &sent {
            assert!(http.is_allowed(&origin, preflight).await, "{preflight:?}");
        }
        let (method, url, mut headers) = sent[0].clone();
        headers.push("X-Not-Allowed");
        assert!(!http.is_allowed(&origin, &(method, url, headers)).await);
    });
}
