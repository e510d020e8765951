//! Who is calling: the other end of the connection, or whoever our own proxy says.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use ipnet::IpNet;

/// Where a call comes from.
#[derive(Debug, Clone)]
pub(in crate::http) struct Caller {
    peer: Option<IpAddr>,
    /// The addresses that proxies have added, the nearest last.
    forwarded: Vec<IpAddr>,
}

impl Caller {
    /// The address of whoever calls. Only a proxy of ours is believed about somebody behind it: anybody can write
    /// the header. `None`: our proxy said nothing.
    pub(super) fn address(&self, proxies: &[IpNet]) -> Option<IpAddr> {
        let ours = |address: &IpAddr| proxies.iter().any(|net| net.contains(address));
        let peer = self.peer?;
        if !ours(&peer) {
            return Some(peer);
        }
        self.forwarded.iter().rev().find(|address| !ours(address)).copied()
    }

    #[cfg(test)]
    pub(super) fn new(peer: &str, forwarded: Option<&str>) -> Self {
        Self { peer: peer.parse().ok(), forwarded: forwarded.map(read).unwrap_or_default() }
    }
}

fn read(header: &str) -> Vec<IpAddr> {
    header.split(',').filter_map(|part| part.trim().parse().ok()).collect()
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let forwarded = parts.headers.get_all("x-forwarded-for").iter();
        let forwarded = forwarded.filter_map(|value| value.to_str().ok()).flat_map(read).collect();
        Ok(Self { peer: peer.map(|ConnectInfo(peer)| peer.ip().to_canonical()), forwarded })
    }
}
