//! A component as one host runs it, and the state of its instances.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use wasmtime::component::ResourceTable;
use wasmtime::error::Context as _;
use wasmtime::{Store, StoreLimits, StoreLimitsBuilder};
use wasmtime_wasi::sockets::SocketAddrUse;
use wasmtime_wasi::{FsPerms, WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

use crate::allowed_hosts::AllowedHosts;
use crate::compile::Compiled;
use crate::files::Mounts;
use crate::limits::Limits;
use crate::log::{LineStream, LogSink};
use crate::manifest::ComponentTable;
use crate::outbound::Outbound;
use crate::variables::Resolver;
use crate::{postgres, settings};

/// A component with its configuration: what each of its instances starts from.
pub(crate) struct Component {
    pub(crate) id: Arc<str>,
    pub(crate) compiled: Compiled,
    pub(crate) limits: Limits,
    pub(crate) log: LogSink,
    settings: Arc<BTreeMap<String, String>>,
    environment: Vec<(String, String)>,
    mounts: Mounts,
    allowed: Arc<AllowedHosts>,
    postgres: Arc<postgres::Access>,
    own: Option<SocketAddr>,
}

/// What is the same for all components of a host.
pub(crate) struct Surroundings<'a> {
    pub(crate) root: &'a Path,
    pub(crate) resolver: &'a Resolver,
    pub(crate) limits: Limits,
    pub(crate) log: &'a LogSink,
    pub(crate) own: Option<SocketAddr>,
}

impl Component {
    /// Resolves a component's configuration.
    ///
    /// # Errors
    /// Names the key whose template, host or file is wrong.
    pub(crate) fn new(
        id: &str,
        table: &ComponentTable,
        compiled: Compiled,
        around: &Surroundings<'_>,
    ) -> Result<Self> {
        let resolve = |(name, template): (&String, &String)| {
            let value = around.resolver.resolve(template);
            Ok((
                name.clone(),
                value.with_context(|| format!("component.{id}.variables.{name}"))?,
            ))
        };
        let settings = table.variables.iter().map(resolve).collect::<Result<_>>()?;
        let hosts = table.allowed_outbound_hosts.iter();
        let hosts = hosts
            .map(|host| around.resolver.resolve(host))
            .collect::<Result<Vec<_>>>()
            .and_then(|hosts| AllowedHosts::parse(&hosts))
            .with_context(|| format!("component.{id}.allowed_outbound_hosts"))?;
        let mounts = Mounts::new(around.root, &table.files)
            .with_context(|| format!("component.{id}.files"))?;
        Ok(Self {
            id: id.into(),
            compiled,
            limits: around.limits,
            log: around.log.clone(),
            settings: Arc::new(settings),
            environment: table.environment.clone().into_iter().collect(),
            mounts,
            postgres: Arc::new(postgres::Access {
                allowed: hosts.clone(),
                pools: postgres::Pools::default(),
            }),
            allowed: Arc::new(hosts),
            own: around.own,
        })
    }

    /// A store for one new instance.
    ///
    /// # Errors
    /// When a mounted directory is gone.
    pub(crate) fn store(&self) -> wasmtime::Result<Store<State>> {
        let state = State {
            wasi: self.wasi()?,
            http: WasiHttpCtx::new(),
            table: ResourceTable::new(),
            outbound: Outbound {
                allowed: self.allowed.clone(),
                own: self.own,
            },
            settings: self.settings.clone(),
            postgres: self.postgres.clone(),
            limits: StoreLimitsBuilder::new()
                .memory_size(self.limits.memory)
                .trap_on_grow_failure(true)
                .build(),
        };
        let mut store = Store::new(self.compiled.engine(), state);
        store.limiter(|state| &mut state.limits);
        // At each turn's end the guest yields, so that it can be ended even while it computes.
        store.epoch_deadline_async_yield_and_update(1);
        store.set_epoch_deadline(1);
        Ok(store)
    }

    fn wasi(&self) -> wasmtime::Result<WasiCtx> {
        let mut wasi = WasiCtxBuilder::new();
        let output = LineStream::new(self.log.clone(), self.id.clone());
        let errors = LineStream::new(self.log.clone(), self.id.clone());
        wasi.stdout(output).stderr(errors).envs(&self.environment);
        for (directory, seen_as) in &self.mounts.directories {
            wasi.preopened_dir(directory, seen_as, FsPerms::ReadOnly)
                .with_context(|| format!("cannot open {}", directory.display()))?;
        }
        let allowed = self.allowed.clone();
        wasi.allow_ip_name_lookup(!allowed.is_empty())
            .socket_addr_check(move |address, purpose| {
                let connects =
                    matches!(purpose, SocketAddrUse::TcpConnect | SocketAddrUse::UdpSend);
                // A socket has no scheme: only an entry for every scheme allows it.
                let host = address.ip().to_string();
                let allows = connects && allowed.allows("*", &host, Some(address.port()));
                let binds = matches!(purpose, SocketAddrUse::TcpBind | SocketAddrUse::UdpBind)
                    && address.ip().is_unspecified();
                Box::pin(async move { allows || binds })
            });
        Ok(wasi.build())
    }

    /// Logs a line of the host's own about this component.
    pub(crate) fn note(&self, text: &str) {
        self.log.lines(&self.id, text);
    }
}

/// The host's side of one instance.
pub(crate) struct State {
    wasi: WasiCtx,
    http: WasiHttpCtx,
    table: ResourceTable,
    outbound: Outbound,
    settings: Arc<BTreeMap<String, String>>,
    postgres: Arc<postgres::Access>,
    limits: StoreLimits,
}

impl State {
    pub(crate) fn settings(&mut self) -> settings::View<'_> {
        settings::View(&self.settings)
    }

    pub(crate) fn postgres(&mut self) -> postgres::View<'_> {
        postgres::View {
            table: &mut self.table,
            access: &self.postgres,
        }
    }
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            ctx: &mut self.http,
            table: &mut self.table,
            hooks: &mut self.outbound,
        }
    }
}
