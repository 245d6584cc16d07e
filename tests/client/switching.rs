//! Another project, another region, or nobody any more, while something is under way.

use futures::channel::oneshot;
use futures::future::join;

use super::*;

/// Renews with `token` when it is told to.
fn renews_later(client: &Client<Script>, token: Token) -> oneshot::Sender<()> {
    let (tell, told) = oneshot::channel();
    let told = RefCell::new(Some(told));
    client.set_renew(Rc::new(move || {
        let (told, token) = (told.take().expect("one renewal"), token.clone());
        async move {
            told.await.unwrap();
            Ok(token)
        }
        .boxed_local()
    }));
    tell
}

/// Accepts every token but these.
fn refuses_tokens(refused: &'static [&'static str]) -> Client<Script> {
    script(move |request| match request.header("X-Auth-Token") {
        Some(token) if refused.contains(&token) => status(401, REFUSED),
        _ if request.method == Method::Delete => status(204, ""),
        _ => ok(r#"{"id": "i"}"#),
    })
}

async fn turns() {
    for _ in 0..20 {
        turn().await;
    }
}

fn sent_with(client: &Client<Script>, token: &str) -> Vec<String> {
    let sent = asked(client).into_iter().filter(|request| request.header("X-Auth-Token") == Some(token));
    sent.map(|request| format!("{} {}", request.method.word(), request.url)).collect()
}

const REVOKED: &str = "DELETE https://id/v3/auth/tokens";

#[test]
fn a_renewal_that_comes_after_a_switch_is_not_taken_and_its_request_not_repeated_elsewhere() {
    let client = refuses_tokens(&["token-1"]);
    let renew = renews_later(&client, token("token-2"));
    let (call, other) = (image(), client.clone());
    let (reply, ()) = block_on(join(client.call(&call), async move {
        turns().await;
        other.adopt(token_of("p2", "token-b"));
        renew.send(()).unwrap();
    }));
    assert_eq!(reply, Err(ApiError::SessionEnded));
    assert_eq!(client.token().unwrap().expose(), "token-b");
    assert_eq!(sent_with(&client, "token-2"), [REVOKED], "nobody needs it");
    assert!(sent_with(&client, "token-b").is_empty(), "the answer would be another project's");
    assert!(block_on(client.call(&call)).is_ok());
}

#[test]
fn a_new_projects_token_is_renewed_by_itself() {
    let client = refuses_tokens(&["token-1", "token-b"]);
    let renew = renews_later(&client, token("token-2"));
    let (call, other) = (image(), client.clone());
    let (first, second) = block_on(join(client.call(&call), async {
        turns().await;
        other.adopt(token_of("p2", "token-b"));
        other.set_renew(Rc::new(|| async { Ok(token_of("p2", "token-c")) }.boxed_local()));
        let second = other.call(&call).await;
        renew.send(()).unwrap();
        second
    }));
    assert_eq!(first, Err(ApiError::SessionEnded));
    assert!(second.is_ok(), "it does not wait for the renewal of the project before: {second:?}");
    assert_eq!(client.token().unwrap().expose(), "token-c");
}

#[test]
fn a_renewal_that_comes_after_signing_out_is_revoked() {
    let client = refuses_tokens(&["token-1"]);
    let renew = renews_later(&client, token("token-2"));
    let (call, other) = (image(), client.clone());
    let (reply, ()) = block_on(join(client.call(&call), async move {
        turns().await;
        other.sign_out().await;
        renew.send(()).unwrap();
    }));
    assert_eq!(reply, Err(ApiError::SessionEnded));
    assert_eq!((client.token(), sent_with(&client, "token-2")), (None, vec![REVOKED.to_owned()]));
}

#[test]
fn what_waits_for_its_turn_is_not_asked_in_another_project() {
    let client = refuses_tokens(&[]);
    let (call, other) = (image(), client.clone());
    let six = futures::future::join_all((0..6).map(|_| client.call(&call)));
    let (replies, ()) = block_on(join(six, async move {
        other.adopt(token_of("p2", "token-b"));
    }));
    assert_eq!(replies.iter().filter(|reply| reply.is_ok()).count(), 4, "these were under way already");
    assert!(sent_with(&client, "token-b").is_empty());
}

#[test]
fn a_list_does_not_go_on_in_another_project() {
    let client = script(|_| ok(r#"{"images": [{"id": "1"}], "next": "/v2/images?marker=1"}"#));
    let other = client.clone();
    let list = client.all(ListImages::default(), |_| {
        other.adopt(token_of("p2", "token-b"));
    });
    assert_eq!(block_on(list).unwrap_err(), ApiError::SessionEnded);
    assert_eq!(asked(&client).len(), 1);
}

#[test]
fn a_bound_client_asks_in_its_own_project_and_region_only() {
    let client = refuses_tokens(&["token-1"]);
    client.set_renew(Rc::new(|| async { Ok(token("token-2")) }.boxed_local()));
    let bound = client.bound();
    assert!(block_on(bound.call(&image())).is_ok(), "a renewed token is of the same project");
    client.adopt(token_of("p2", "token-b"));
    assert_eq!(block_on(bound.call(&image())), Err(ApiError::SessionEnded));
    assert!(block_on(client.call(&image())).is_ok() && block_on(client.bound().call(&image())).is_ok());
    client.adopt(token("token-3"));
    assert_eq!(block_on(bound.call(&image())), Err(ApiError::SessionEnded), "there and back again is not the same");
    let bound = client.bound();
    client.set_region("elsewhere");
    assert_eq!(block_on(bound.call(&image())), Err(ApiError::SessionEnded));
    assert!(!bound.is_present() && client.is_present() && client.bound().is_present());
}
