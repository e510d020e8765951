//! `chuancai-sandbox`: the SMS carrier, the Tencent IM and the webhook's receiver of the demo and of the end-to-end tests, until it is interrupted.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context;
use chuancai_sandbox::{ImSettings, PaySandbox, PaySettings, Sandbox, SandboxSettings};
use clap::Parser;

/// An SMS carrier that speaks Chuanglan's protocol, a Tencent IM, and a receiver of webhooks: nothing leaves this
/// machine, and the page shows all of it.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen; its page is there, too.
    #[arg(long, default_value = "127.0.0.1:7095")]
    listen: SocketAddr,
    /// The API account.
    #[arg(long, default_value = "N0000001")]
    account: String,
    /// Its password.
    #[arg(long, env = "CHUANCAI_SANDBOX_PASSWORD", hide_env_values = true, default_value = "sandbox")]
    password: String,
    /// The registered signature, without 【】.
    #[arg(long, default_value = "示例")]
    signature: String,
    /// Messages paid for in advance.
    #[arg(long, default_value_t = 100_000)]
    balance: u64,
    /// Where reports go when a request names no URL of its own; without one they wait to be pulled.
    #[arg(long)]
    callback: Option<String>,
    /// Milliseconds from a message to its report.
    #[arg(long, default_value_t = 300)]
    report_delay_ms: u64,
    /// Milliseconds between the three tries of a report.
    #[arg(long, default_value_t = 1_000)]
    report_retry_ms: u64,
    /// The application's number at Tencent IM.
    #[arg(long, default_value_t = ImSettings::default().sdk_app_id)]
    im_app_id: u64,
    /// Its key.
    #[arg(long, env = "CHUANCAI_SANDBOX_IM_SECRET", hide_env_values = true, default_value_t = ImSettings::default().secret)]
    im_secret: String,
    /// Its administrator.
    #[arg(long, default_value_t = ImSettings::default().admin)]
    im_admin: String,
    /// The secret of the webhook's receiver.
    #[arg(long, env = "CHUANCAI_SANDBOX_WEBHOOK_SECRET", hide_env_values = true, default_value_t = SandboxSettings::default().webhook_secret)]
    webhook_secret: String,
    /// Where WeChat Pay listens, with its page; without it there is none.
    #[arg(long, requires = "pay_folder")]
    pay_listen: Option<SocketAddr>,
    /// Where its keys lie; they are made when there are none: apiclient_key.pem, pub_key.pem and apiv3_key for the
    /// merchant, the others are its own.
    #[arg(long)]
    pay_folder: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    tracing_subscriber::fmt().with_writer(std::io::stderr).init();
    let arguments = Arguments::parse();
    let payment = match (arguments.pay_listen, arguments.pay_folder) {
        (Some(listen), Some(folder)) => Some(
            PaySandbox::start(PaySettings { listen, folder: Some(folder), ..PaySettings::default() }).await?,
        ),
        (Some(_) | None, _) => None,
    };
    if let Some(payment) = &payment {
        tracing::info!(page = %payment.base_url(), "WeChat Pay is ready");
    }
    let sandbox = Sandbox::start(SandboxSettings {
        listen: arguments.listen,
        account: arguments.account,
        password: arguments.password,
        signature: arguments.signature,
        balance: arguments.balance,
        callback: arguments.callback,
        report_delay_ms: arguments.report_delay_ms,
        report_retry_ms: arguments.report_retry_ms,
        im: ImSettings {
            sdk_app_id: arguments.im_app_id,
            secret: arguments.im_secret,
            admin: arguments.im_admin,
            ..ImSettings::default()
        },
        webhook_secret: arguments.webhook_secret,
        ..SandboxSettings::default()
    })
    .await?;
    tracing::info!(page = %sandbox.base_url(), "the sandbox is ready");
    wait_for_the_end().await
}

async fn wait_for_the_end() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.context("listening for Ctrl-C"),
        _ = terminate.recv() => Ok(()),
    }
}
