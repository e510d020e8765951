//! `chuancai-sandbox`: the SMS carriers, the Tencent IM and the webhook's receiver of the demo and of the end-to-end tests, until it is interrupted.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::Context;
use chuancai_sandbox::{
    ImSettings, PaySandbox, PaySettings, Sandbox, SandboxSettings, SmscSettings, TencentSmsSettings,
};
use clap::Parser;

/// An SMS carrier that speaks the protocols of Chuanglan and Tencent Cloud, and SMPP; a Tencent IM; and a receiver of webhooks: nothing leaves this
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
    /// Where its SMSC listens for SMPP; port 0 takes any free one, which the log tells.
    #[arg(long, default_value = "127.0.0.1:0")]
    smpp_listen: SocketAddr,
    /// Who may bind to the SMSC.
    #[arg(long, default_value_t = SmscSettings::default().system_id)]
    smpp_system_id: String,
    /// Its password.
    #[arg(long, env = "CHUANCAI_SANDBOX_SMPP_PASSWORD", hide_env_values = true, default_value_t = SmscSettings::default().password)]
    smpp_password: String,
    /// The id of the key at Tencent Cloud SMS.
    #[arg(long, default_value_t = TencentSmsSettings::default().secret_id)]
    tencent_sms_id: String,
    /// That key.
    #[arg(long, env = "CHUANCAI_SANDBOX_TENCENT_SMS_KEY", hide_env_values = true, default_value_t = TencentSmsSettings::default().secret_key)]
    tencent_sms_key: String,
    /// Where Tencent Cloud SMS posts reports; without it they wait to be pulled.
    #[arg(long)]
    tencent_sms_callback: Option<String>,
    /// Where Tencent Cloud SMS posts what receivers answer; without it that waits to be pulled if the reports do.
    #[arg(long)]
    tencent_sms_replies: Option<String>,
    /// A template that was approved, instead of the two usual ones: 1001=您的验证码是{1}。 May be given again.
    #[arg(long = "template", value_name = "ID=TEXT", value_parser = template)]
    templates: Vec<(String, String)>,
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

fn template(text: &str) -> anyhow::Result<(String, String)> {
    let (id, text) = text.split_once('=').context("a template is ID=TEXT")?;
    Ok((id.to_owned(), text.to_owned()))
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
    let defaults = SandboxSettings::default();
    let templates = match arguments.templates {
        given if given.is_empty() => defaults.templates,
        given => given.into_iter().collect(),
    };
    let sandbox = Sandbox::start(SandboxSettings {
        templates,
        smsc: SmscSettings {
            listen: arguments.smpp_listen,
            system_id: arguments.smpp_system_id,
            password: arguments.smpp_password,
        },
        tencent_sms: TencentSmsSettings {
            secret_id: arguments.tencent_sms_id,
            secret_key: arguments.tencent_sms_key,
            callback: arguments.tencent_sms_callback,
            replies: arguments.tencent_sms_replies,
            ..defaults.tencent_sms
        },
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
    tracing::info!(page = %sandbox.base_url(), smpp = %sandbox.smsc_address, "the sandbox is ready");
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
