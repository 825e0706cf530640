//! Makes, changes and shows a listing.
//!
//! A new one takes several calls: the draft, its pictures, the inventory document with SKUs and prices, and
//! the change that shows it. Etsy has no idempotency keys, so an attempt begins by looking for what an earlier
//! one made: a draft with our mark, or a listing with exactly our SKUs that was made since the job was asked
//! for. A listing with our SKUs that is older was not made by it: it is left alone, and named.

mod ending;
mod find;
mod inventory;
mod uploads;

use super::answer::content;
use super::call::Call;
use super::checks;
use super::content::{self as forms, Profiles};
use super::memory::{Memory, Picture};
use super::model::Listing;
use super::pictures::{self, Source};
use super::reference;
use super::settings::Settings;
use crate::wire::recall;
use common::platform::{PlatformError, ProductInput, State, Step};
use common::ports::HttpResponse;
use http::Method;
use serde::{Deserialize, Serialize};

/// What is to be written.
#[derive(Clone, Copy)]
pub struct Goal<'a> {
    pub product: &'a ProductInput,
    /// The listing that has to be there (an update); a create finds or makes it.
    pub must_be: Option<&'a str>,
}

/// What the answer under way is about.
#[derive(Clone, Copy, Serialize, Deserialize)]
enum Phase {
    Shop,
    Shipping,
    OnlyShipping,
    Readiness,
    Known,
    Search { state: usize, offset: u64 },
    Draft,
    Fetch { at: usize },
    Upload { at: usize },
    Surplus,
    Before,
    Inventory,
    Show,
}

/// What is known so far.
#[derive(Default, Serialize, Deserialize)]
struct Work {
    shipping: Option<u64>,
    readiness: Option<u64>,
    listing: Option<Listing>,
    created: bool,
    pictures: Vec<Picture>,
    memory: Memory,
    inventory_written: bool,
    /// Nothing is left to sell.
    sold_out: bool,
    shown: bool,
}

/// An attempt under way.
struct Job<'a> {
    call: Call<'a>,
    goal: Goal<'a>,
    settings: Settings<'a>,
    work: Work,
}

pub fn begin(call: Call<'_>, goal: Goal<'_>) -> Result<Step, PlatformError> {
    let is_new = goal.must_be.is_none();
    checks::refuse(checks::check(goal.product, call.store, is_new))?;
    let work = Work {
        memory: Memory::read(&goal.product.platform_data)?,
        ..Work::default()
    };
    let job = Job::new(call, goal, work);
    reference::ask_shop(call, &job.after(Phase::Shop))
}

pub fn resume(
    call: Call<'_>,
    goal: Goal<'_>,
    state: State,
    response: &HttpResponse,
) -> Result<Step, PlatformError> {
    let (phase, work): (Phase, Work) = recall(state)?;
    let mut job = Job::new(call, goal, work);
    match phase {
        Phase::Shop => {
            reference::check_currency(response, goal.product.currency.as_deref())?;
            job.ask_profiles()
        }
        Phase::Shipping => {
            job.work.shipping = Some(reference::shipping(response)?);
            job.ask_readiness()
        }
        Phase::OnlyShipping => {
            job.work.shipping = Some(reference::only_shipping(response)?);
            job.ask_readiness()
        }
        Phase::Readiness => {
            job.work.readiness = Some(reference::only_readiness(response)?);
            job.find()
        }
        Phase::Known => job.known(response),
        Phase::Search { state, offset } => job.searched(state, offset, response),
        Phase::Draft => {
            job.work.listing = Some(content(response)?);
            job.work.created = true;
            job.next_picture(0)
        }
        Phase::Fetch { at } => job.fetched(at, response),
        Phase::Upload { at } => job.uploaded(at, response),
        Phase::Surplus => job.removed(response),
        Phase::Before => job.read_inventory(response),
        Phase::Inventory => job.wrote_inventory(response),
        Phase::Show => job.showed(response),
    }
}

impl<'a> Job<'a> {
    fn new(call: Call<'a>, goal: Goal<'a>, work: Work) -> Self {
        let settings = Settings::of(goal.product, call.store);
        Self {
            call,
            goal,
            settings,
            work,
        }
    }

    /// What is remembered until the answer comes.
    fn after(&self, phase: Phase) -> (Phase, &Work) {
        (phase, &self.work)
    }

    fn is_update(&self) -> bool {
        self.goal.must_be.is_some()
    }

    /// A listing that is there has its profiles: only what is set explicitly is written.
    fn ask_profiles(mut self) -> Result<Step, PlatformError> {
        let id = self.settings.id("shipping_profile_id");
        if self.is_update() || !self.settings.is_physical() {
            self.work.shipping = id;
            self.work.readiness = self.settings.id("readiness_state_id");
            return self.find();
        }
        let phase = id.map_or(Phase::OnlyShipping, |_| Phase::Shipping);
        reference::ask_shipping(self.call, id, &self.after(phase))
    }

    fn ask_readiness(mut self) -> Result<Step, PlatformError> {
        match self.settings.id("readiness_state_id") {
            None => reference::ask_readiness(self.call, &self.after(Phase::Readiness)),
            known => {
                self.work.readiness = known;
                self.find()
            }
        }
    }

    fn draft(self) -> Result<Step, PlatformError> {
        let ids = self.image_ids();
        let fields = forms::draft(self.goal.product, self.settings, self.profiles(), &ids);
        let path = self.call.shop("/listings")?;
        let phase = self.after(Phase::Draft);
        Ok(self.call.form(Method::POST, &path, &fields, &phase)?.step())
    }

    const fn profiles(&self) -> Profiles {
        Profiles {
            shipping: self.work.shipping,
            readiness: self.work.readiness,
        }
    }

    /// Pictures that the shop has already.
    fn image_ids(&self) -> Vec<u64> {
        match pictures::source(self.goal.product, self.call.store) {
            Source::Ids { ids, .. } => ids,
            Source::Upload | Source::Nothing { .. } => Vec::new(),
        }
    }

    /// The listing that is being written.
    fn listing(&self) -> Result<&Listing, PlatformError> {
        let listing = self.work.listing.as_ref();
        listing.ok_or_else(|| PlatformError::protocol("the step's own memory has no listing"))
    }
}
