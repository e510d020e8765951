//! The carriers' clients against the sandbox: every way a submit can end, over the vendors' own protocols.

mod chuanglan;
mod smpp;
mod templates;
