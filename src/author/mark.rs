//! Networks and beacons of stores, as a shop writes them.
//!
//! A network is told apart only by the address it shows to the internet, so addresses that many networks use say nothing.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Fault, shape};
use crate::mark::{LONGEST, Mark, MarkKind, Marks, Name, from_hex};
use crate::store::StoreIx;

/// Why not.
type Why = &'static str;

/// A mark with the JSON Pointer of where it is written.
type Placed = (Mark, String);

/// Most stores that may share a network: behind more, an address says too little.
const MOST_SHARING: usize = 8;

/// Reads the marks of all stores, and notes what is wrong with them.
pub(super) fn read(stores: &[&shape::Store], faults: &mut Vec<(String, Fault)>) -> Marks {
    let mut marks = Vec::new();
    let mut keep = |path: String, what, got: &str, mark: Result<Mark, Why>| match mark {
        Ok(mark) => marks.push((mark, path)),
        Err(why) => faults.push((path, Fault::Mark { got: got.into(), what, why })),
    };
    for (ix, (at, store)) in (0..).map(StoreIx).zip(stores.iter().enumerate()) {
        for (nth, text) in store.networks.iter().enumerate() {
            keep(format!("/stores/{at}/networks/{nth}"), "network", text, network(text, ix));
        }
        for (nth, listed) in store.beacons.iter().enumerate() {
            let id = listed.uuid.as_ref().or(listed.namespace.as_ref()).map_or("", String::as_str);
            keep(format!("/stores/{at}/beacons/{nth}"), "beacon", id, beacon(listed, ix));
        }
    }
    let overlap = |(path, other, why)| (path, Fault::Overlap { other, why });
    faults.extend(overlaps(&mut marks).into_iter().map(overlap));
    Marks::of(&marks.into_iter().map(|(mark, _)| mark).collect::<Vec<_>>())
}

/// Reads `198.51.100.0/28` or `2001:db8:7::/48`; an address alone is one of its own.
fn network(text: &str, store: StoreIx) -> Result<Mark, Why> {
    const SHAPE: Why = "write an address and how many bits of it count, such as `198.51.100.0/28` or `2001:db8:7::/48`";
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let address: IpAddr = address.parse().map_err(|_| SHAPE)?;
    let mut name: Name = [0; LONGEST];
    let (kind, least, rest, is_private) = match address {
        IpAddr::V4(v4) => (MarkKind::IpV4, 16, u128::from(v4.to_bits()) << 96, v4_is_private(v4)),
        IpAddr::V6(v6) => (MarkKind::IpV6, 32, v6.to_bits(), v6_is_private(v6)),
    };
    name.iter_mut().zip(rest.to_be_bytes()).for_each(|(byte, octet)| *byte = octet);
    let most = if kind == MarkKind::IpV4 { 32 } else { 128 };
    let bits = bits.map_or(Ok(most), str::parse::<u8>).ok().filter(|bits| *bits <= most).ok_or(SHAPE)?;
    if bits < least {
        return Err("so many addresses are no store's: at least 16 bits have to count of IPv4, and 32 of IPv6");
    }
    if is_private {
        return Err("it is private or special, in use in countless networks at once; write the address that the \
                    store's network shows to the internet");
    }
    if rest.checked_shl(bits.into()).unwrap_or(0) != 0 {
        return Err("the address has bits beyond those that count; write the first address of the network");
    }
    Ok(Mark { kind, name, bits, store })
}

/// Source: IANA IPv4 Special-Purpose Address Registry. Those for documentation may be used in examples.
fn v4_is_private(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    // NOTE: 100.64.0.0/10 is what mobile networks put between their customers and the internet (RFC 6598).
    let is_carriers = first == 100 && (64..128).contains(&second);
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || is_carriers
        || first == 0
        || first >= 224
}

/// Source: IANA IPv6 Special-Purpose Address Registry: only 2000::/3 is in use on the internet.
const fn v6_is_private(address: Ipv6Addr) -> bool {
    address.to_bits() >> 125 != 1
}

/// Reads an iBeacon or an Eddystone-UID: what is left out may be anything.
fn beacon(beacon: &shape::Beacon, store: StoreIx) -> Result<Mark, Why> {
    let mut name: Name = [0; LONGEST];
    let (kind, bits) = match beacon {
        shape::Beacon { uuid: Some(uuid), major, minor, namespace: None, instance: None } => {
            let (head, tail) = name.split_at_mut(16);
            from_hex(head, uuid)
                .ok_or("`uuid` has 32 hexadecimal digits, such as `f7826da6-4fa2-4e98-8024-bc5b71e0893e`")?;
            let numbers = [major.unwrap_or(0).to_be_bytes(), minor.unwrap_or(0).to_be_bytes()];
            tail.copy_from_slice(numbers.as_flattened());
            let bits = match (major, minor) {
                (None, None) => 128,
                (Some(_), None) => 144,
                (Some(_), Some(_)) => 160,
                (None, Some(_)) => return Err("`minor` goes with a `major` only"),
            };
            (MarkKind::IBeacon, bits)
        }
        shape::Beacon { uuid: None, major: None, minor: None, namespace: Some(namespace), instance } => {
            let (head, tail) = name.split_at_mut(10);
            from_hex(head, namespace).ok_or("`namespace` has 20 hexadecimal digits")?;
            if let Some(instance) = instance {
                let tail = tail.first_chunk_mut::<6>().map(<[u8; 6]>::as_mut_slice).unwrap_or_default();
                from_hex(tail, instance).ok_or("`instance` has 12 hexadecimal digits")?;
            }
            (MarkKind::Eddystone, if instance.is_some() { 128 } else { 80 })
        }
        _ => {
            return Err("it has either a `uuid` (iBeacon), and maybe `major` and `minor`, or a `namespace` \
                         (Eddystone-UID), and maybe an `instance`");
        }
    };
    Ok(Mark { kind, name, bits, store })
}

/// Sorts marks, and returns what is wrong with them together: where, what it is, where the other one is, and why.
fn overlaps(marks: &mut [Placed]) -> Vec<(String, String, Why)> {
    marks.sort();
    let mut found = Vec::new();
    let mut open: Option<(&Placed, usize)> = None;
    for placed in marks.iter() {
        let (mark, path) = placed;
        let within = open.filter(|((first, _), _)| first.begins(mark.kind, &mark.name));
        let Some(((first, other), sharing)) = within else {
            open = Some((placed, 1));
            continue;
        };
        let is_network = matches!(first.kind, MarkKind::IpV4 | MarkKind::IpV6);
        let is_shared = is_network && first.bits == mark.bits && first.store != mark.store;
        open = open.map(|(first, _)| (first, sharing + 1));
        let why = match (first.store == mark.store, is_shared) {
            (true, _) => "it says the same of the same store; keep one",
            (_, false) => "it is a part of another store's, so nobody knows which of the two is meant",
            (_, true) if sharing >= MOST_SHARING => "more than 8 stores share it, so it says too little of any of them",
            _ => continue,
        };
        found.push((path.clone(), other.to_string(), why));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(text: &str) -> Why {
        network(text, StoreIx(0)).map_or_else(|why| why, |_| "")
    }

    #[test]
    fn a_network_is_one_that_only_this_store_shows() {
        for fine in ["198.51.100.0/28", "198.51.100.7", "203.0.0.0/16", "2001:db8:7::/48", "2001:db8::1"] {
            assert_eq!(why(fine), "", "{fine}");
        }
        for private in [
            "10.0.0.0/16",
            "192.168.1.0/24",
            "100.64.0.0/16",
            "127.0.0.1",
            "224.0.0.0/16",
            "fe80::/64",
            "::1",
            "::ffff:192.0.2.0/120",
        ] {
            assert!(why(private).starts_with("it is private"), "{private}: {}", why(private));
        }
        for wide in ["0.0.0.0/0", "198.0.0.0/8", "2001::/16", "::/0"] {
            assert!(why(wide).starts_with("so many"), "{wide}");
        }
        for wrong in
            ["", "store", "198.51.100.0/33", "198.51.100.0/", "198.51.100/24", "2001:db8::/129", "198.51.100.0/-1"]
        {
            assert!(why(wrong).starts_with("write an address and"), "{wrong}");
        }
        assert!(why("198.51.100.1/28").starts_with("the address has bits"));
        assert!(why("2001:db8::1/64").starts_with("the address has bits"));
    }

    #[test]
    fn a_network_keeps_its_bits() {
        let mark = network("198.51.100.16/28", StoreIx(3)).unwrap();
        assert_eq!((mark.kind, mark.bits, &mark.name[..5]), (MarkKind::IpV4, 28, [198, 51, 100, 16, 0].as_slice()));
    }

    #[test]
    fn a_whole_network_may_be_shared_and_a_part_of_one_not() {
        let told = |networks: &[(&str, u16)]| {
            let mark = |(text, store): &(&str, u16)| (network(text, StoreIx(*store)).unwrap(), String::from(*text));
            let mut marks: Vec<Placed> = networks.iter().map(mark).collect();
            overlaps(&mut marks)
                .into_iter()
                .map(|(path, other, why)| alloc::format!("{path} {other} {why}"))
                .collect::<Vec<_>>()
        };
        assert!(told(&[("198.51.100.0/28", 1), ("198.51.100.0/28", 2), ("198.51.100.16/28", 1)]).is_empty());
        let part = told(&[("198.51.100.8/29", 1), ("198.51.100.0/28", 2), ("198.51.100.16/28", 1)]);
        assert_eq!(
            part,
            [
                "198.51.100.8/29 198.51.100.0/28 it is a part of another store's, so nobody knows which of the two is meant"
            ]
        );
        assert_eq!(told(&[("198.51.100.8/29", 1), ("198.51.100.0/28", 1)]).len(), 1);
        let nine: Vec<(&str, u16)> = (0..9).map(|store| ("198.51.100.0/28", store)).collect();
        assert_eq!(told(&nine).len(), 1);
    }
}
