//! One odd record never breaks a list, and never makes it lie: every field of every record, missing or of a wrong type.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used)] // A test that finds nothing has failed.

use carrete::model::blocked::{can_delete, can_launch, can_snapshot};
use carrete::model::json::{FromJson, list};
use carrete::model::*;
use serde_json::{Value, json};

/// A record with each of its fields missing or of another type, in turn; and which field that is.
fn odd(whole: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    for key in whole.as_object().unwrap().keys() {
        let mut record = whole.clone();
        record.as_object_mut().unwrap().remove(key);
        found.push((key.clone(), record));
        for wrong in [json!(null), json!(5), json!("odd"), json!([]), json!([1, {}]), json!({"x": 1}), json!(1.5)] {
            let mut record = whole.clone();
            record[key] = wrong;
            found.push((key.clone(), record));
        }
    }
    found
}

/// The odd one stays among its neighbours with its id; without an id it is left out, and they stay.
fn holds<T: FromJson>(whole: Value, id_key: &str, id: impl Fn(&T) -> String) -> Vec<(String, Value, Option<T>)> {
    let own = whole[id_key].as_str().unwrap().to_owned();
    let mut neighbour = whole.clone();
    neighbour[id_key] = json!("neighbour");
    let mut read = Vec::new();
    for (key, record) in odd(&whole) {
        let mut all = list::<T>(&json!([neighbour, record, 7, neighbour])).into_iter();
        let ids: Vec<String> = list::<T>(&json!([neighbour, record, 7, neighbour])).iter().map(&id).collect();
        if key != id_key {
            assert_eq!(ids, ["neighbour", own.as_str(), "neighbour"], "{record}");
            read.push((key, record, all.nth(1)));
        } else if record[id_key].is_string() {
            assert_eq!(ids, ["neighbour", "odd", "neighbour"]);
        } else {
            assert_eq!(ids, ["neighbour", "neighbour"], "{record}");
        }
    }
    assert!(read.len() > 8);
    read
}

#[test]
fn an_odd_server_is_never_idle_by_mistake() {
    let whole = json!({
        "id": "s", "name": "web", "status": "ACTIVE", "tenant_id": "p", "created": "2025-01-01T00:00:00Z",
        "addresses": {"net": [{"addr": "10.0.0.1", "version": 4, "OS-EXT-IPS:type": "fixed"}, 5], "odd": 5},
        "flavor": {"original_name": "m1"}, "image": {"id": "i"}, "metadata": {"carrete_policy": "last=3", "odd": 5},
        "OS-EXT-STS:task_state": null, "os-extended-volumes:volumes_attached": [{"id": "v"}], "key_name": "k",
    });
    let server = Server::from_json(&whole).unwrap();
    assert_eq!(server.addresses["net"].len(), 1);
    assert_eq!(server.metadata["carrete_policy"], "last=3", "a neighbour that is no text takes nothing away");
    assert_eq!(can_snapshot(&server), Ok(()));
    for (key, record, server) in holds::<Server>(whole, "id", |server| server.id.to_string()) {
        let told = record.get(&key).is_some_and(|value| !value.is_null());
        match key.as_str() {
            "OS-EXT-STS:task_state" => assert_eq!(can_snapshot(&server.unwrap()).is_err(), told, "{record}"),
            "status" => assert!(can_snapshot(&server.unwrap()).is_err(), "{record}"),
            _ => assert_eq!(can_snapshot(&server.unwrap()), Ok(()), "{record}"),
        }
    }
}

#[test]
fn an_odd_image_is_never_deletable_or_usable_by_mistake() {
    let whole = json!({
        "id": "i", "name": "n", "status": "active", "visibility": "private", "protected": false, "owner": "p",
        "size": 5, "min_disk": 1, "created_at": "2025-01-01T00:00:00Z", "tags": ["a"], "image_type": "snapshot",
    });
    for (key, record, image) in holds::<Image>(whole, "id", |image| image.id.to_string()) {
        let image = image.unwrap();
        let told = record.get(&key).is_some_and(|value| !value.is_null());
        match key.as_str() {
            "protected" => assert_eq!(can_delete(&image, "p").is_err(), told, "{record}"),
            "owner" => assert!(can_delete(&image, "p").is_err(), "{record}"),
            "status" => assert!(can_launch(&image).is_err(), "{record}"),
            _ => assert_eq!((can_delete(&image, "p"), can_launch(&image)), (Ok(()), Ok(())), "{record}"),
        }
    }
}

#[test]
fn an_odd_floating_ip_is_never_free_by_mistake() {
    let whole = json!({
        "id": "f", "floating_ip_address": "203.0.113.5", "floating_network_id": "n", "fixed_ip_address": null,
        "port_id": "port", "status": "ACTIVE", "description": "", "port_details": {"device_id": "s"},
        "router_id": "r", "tenant_id": "p",
    });
    for (key, record, ip) in holds::<FloatingIp>(whole, "id", |ip| ip.id.to_string()) {
        let is_free = ip.unwrap().port_id.is_none();
        assert_eq!(is_free, key == "port_id" && record.get("port_id").is_none_or(Value::is_null), "{record}");
    }
}

#[test]
fn the_other_records_stay_too() {
    holds::<Volume>(
        json!({"id": "v", "name": "n", "status": "available", "size": 1, "bootable": "true", "metadata": {"a": "b"},
            "x": 1, "y": 2, "z": 3}),
        "id",
        |it| it.id.to_string(),
    );
    holds::<VolumeSnapshot>(
        json!({"id": "v", "name": "n", "status": "available", "size": 1, "volume_id": "v", "created_at": "x"}),
        "id",
        |it| it.id.to_string(),
    );
    holds::<Flavor>(
        json!({"id": "1", "name": "n", "ram": 1, "vcpus": 1, "disk": 1, "description": null}),
        "id",
        |it| it.id.to_string(),
    );
    holds::<Network>(
        json!({"id": "n", "name": "n", "status": "ACTIVE", "admin_state_up": true, "router:external": true, "subnets": []}),
        "id",
        |it| it.id.to_string(),
    );
    holds::<Port>(
        json!({"id": "n", "network_id": "n", "device_id": "s", "status": "ACTIVE", "fixed_ips": [{"ip_address": "1.2.3.4"}]}),
        "id",
        |it| it.id.to_string(),
    );
}
