//! How attentive somebody is: it keeps us quiet, it keeps pictures from being fetched, and it is never kept itself. And
//! what Global Privacy Control keeps out of the saved bytes.
#![cfg(all(feature = "author", not(target_arch = "wasm32")))]
#![allow(missing_docs, clippy::unwrap_used)]

use std::sync::LazyLock;

use tactful::author;
use tactful::profile::{Attention, Profile};
use tactful::session::{Engine, Session};
use tactful::signal::{AttentionChange, Fact, Request, Signal};
use tactful::value::{Seed, Timestamp};
use tactful::wire::signal::{FactTwin, ItemTwin, SignalTwin};
use tactful::wire::{DecisionView, state};

/// The example, its biscuits with a picture from the network.
static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let catalog =
        include_str!("../examples/nordkorb/catalog.json").replace("\"🍪\"", "\"https://nordkorb.example/b.png\"");
    Engine::new(author::compile(&catalog).unwrap())
});

const NOON: i64 = 1_795_255_200_000; // Saturday 2026-11-21, noon in Helsinki

fn see(session: &mut Session, fact: Fact) {
    session.observe(&ENGINE, &Signal { at: Timestamp::from_ms(NOON), fact }).unwrap();
}

fn tell(session: &mut Session, fact: FactTwin) {
    let signal = SignalTwin { at: u64::try_from(NOON).unwrap(), fact }.resolve(&ENGINE.catalog).unwrap();
    see(session, signal.fact);
}

/// What is said in the aisle to somebody who stands there with biscuits in hand: `busy`, or the picture that is shown.
fn said(change: AttentionChange, request: Request) -> String {
    let mut session = Session::new(Profile::new(Seed(1)));
    tell(&mut session, FactTwin::CheckIn { store: "kaisaniemi" });
    tell(&mut session, FactTwin::Scan { code: "https://nordkorb.example/01/02000042000325" });
    see(&mut session, Fact::Attention(change));
    see(&mut session, Fact::Request(request));
    let aisle = ENGINE.catalog.placement_by_id("aisle").unwrap();
    let decision = session.ask(&ENGINE, aisle, Timestamp::from_ms(NOON));
    let said = DecisionView::new(&ENGINE.catalog, &decision).said;
    said.hold.map_or_else(|| said.show.unwrap().picture.to_owned(), |hold| hold.why.to_owned())
}

#[test]
fn whoever_is_at_something_is_not_disturbed() {
    let yes = Some(true);
    let nothing = AttentionChange::default;
    for change in [
        AttentionChange { visible: Some(false), ..nothing() },
        AttentionChange { typing: yes, ..nothing() },
        AttentionChange { playing: yes, ..nothing() },
        AttentionChange { paying: yes, ..nothing() },
        AttentionChange { full_screen: yes, ..nothing() },
    ] {
        assert_eq!(said(change, Request::default()), "busy", "{change:?}");
    }
}

#[test]
fn who_saves_traffic_hears_the_same_without_the_picture() {
    let saves = AttentionChange { save_data: Some(true), ..AttentionChange::default() };
    let asks_to = Request { save_data: true, ..Request::default() };
    assert_eq!(said(AttentionChange::default(), Request::default()), "https://nordkorb.example/b.png");
    assert_eq!(said(saves, Request::default()), "");
    assert_eq!(said(AttentionChange::default(), asks_to), "", "a request tells it, too");
}

#[test]
fn no_attention_is_ever_saved() {
    let yes = Some(true);
    let change = AttentionChange {
        visible: Some(false),
        idle: yes,
        typing: yes,
        playing: yes,
        paying: yes,
        full_screen: yes,
        save_data: yes,
        utc_offset: Some(60),
    };
    let saved = |change: Option<AttentionChange>| {
        let mut session = Session::new(Profile { consent: yes, ..Profile::new(Seed(1)) });
        change.into_iter().for_each(|change| see(&mut session, Fact::Attention(change)));
        state::encode(&ENGINE.catalog, session.profile())
    };
    assert_eq!(saved(Some(change)), saved(None));
    let read = state::decode(&ENGINE.catalog, &saved(Some(change))).unwrap();
    assert_eq!(read.attention, Attention::default());
}

#[test]
fn privacy_control_keeps_what_was_bought_out_of_the_saved_bytes() {
    let bought = |gpc: bool| {
        let mut session = Session::new(Profile::new(Seed(1)));
        tell(&mut session, FactTwin::Consent { remember: true });
        let items = || vec![ItemTwin { id: "nk-0032", category: "biscuits", price: None, quantity: 1, lot: "" }];
        let shop = |event, items| FactTwin::Shop { event, currency: "EUR", transaction: "", term: "", items };
        tell(&mut session, shop(12, items()));
        see(&mut session, Fact::Request(Request { gpc, ..Request::default() }));
        tell(&mut session, shop(6, items()));
        let saved = state::decode(&ENGINE.catalog, &state::encode(&ENGINE.catalog, session.profile())).unwrap();
        (saved.products.0.len(), saved.basket.lines().len(), saved.session.interests.len(), saved.gpc)
    };
    assert_eq!(bought(false), (1, 1, 1, false));
    assert_eq!(bought(true), (0, 0, 0, true));
}
