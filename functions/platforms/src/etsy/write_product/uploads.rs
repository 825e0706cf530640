//! The pictures of a listing: those that are new or changed are fetched and uploaded, each to its rank; those
//! that we uploaded and that are no longer wanted are removed. The seller's own are left alone.

use super::{Job, Phase};
use crate::etsy::answer::{content, succeeded};
use crate::etsy::memory::Picture;
use crate::etsy::model;
use crate::etsy::pictures::{self, Source, Upload};
use common::platform::{Exchange, Image, PlatformError, Step};
use common::ports::HttpResponse;
use http::StatusCode;
use serde_json::json;

impl Job<'_> {
    /// Sees to the picture number `at` and those behind it.
    pub(super) fn next_picture(mut self, mut at: usize) -> Result<Step, PlatformError> {
        let product = self.goal.product;
        if pictures::source(product, self.call.store) != Source::Upload {
            self.work.pictures = self.work.memory.images.clone();
            return self.ask_inventory();
        }
        while let Some(image) = pictures::wanted(product).get(at) {
            match self.uploaded_before(image, at) {
                Some(picture) => self.work.pictures.push(picture),
                None => return self.fetch(image, at),
            }
            at += 1;
        }
        self.remove_surplus()
    }

    /// The picture, when an earlier attempt uploaded it to the same place and it is still there.
    fn uploaded_before(&self, image: &Image, at: usize) -> Option<Picture> {
        let known = self.work.memory.images.get(at)?;
        let there = self.work.listing.as_ref()?.images.as_ref()?;
        let is_there = there.iter().any(|it| it.listing_image_id == known.image_id);
        (known.url == image.url && is_there).then(|| known.clone())
    }

    /// Asks the picture's own host, which gets neither token nor key.
    fn fetch(self, image: &Image, at: usize) -> Result<Step, PlatformError> {
        let request = http::Request::get(&image.url)
            .header(http::header::ACCEPT, "image/jpeg, image/png, image/gif")
            .body(Vec::new())
            .map_err(|_| {
                PlatformError::rejected_field(format!("images[{at}]"), "is not an address")
            })?;
        let state = crate::wire::remember(&self.after(Phase::Fetch { at }))?;
        Ok(Exchange::new(request, state).step())
    }

    pub(super) fn fetched(self, at: usize, response: &HttpResponse) -> Result<Step, PlatformError> {
        let Some(image) = pictures::wanted(self.goal.product).get(at) else {
            return self.remove_surplus();
        };
        let boundary = self
            .call
            .operation
            .write_key("picture", &json!([at, image.url]));
        let upload = Upload::of(response, image, at, &boundary)?;
        let listing = self.listing()?.listing_id;
        let path = self.call.shop(&format!("/listings/{listing}/images"))?;
        let phase = self.after(Phase::Upload { at });
        let exchange = self
            .call
            .post(&path, &upload.content_type, upload.body, &phase)?;
        Ok(exchange.step())
    }

    pub(super) fn uploaded(
        mut self,
        at: usize,
        response: &HttpResponse,
    ) -> Result<Step, PlatformError> {
        let made: model::Image = content(response)?;
        let image = pictures::wanted(self.goal.product).get(at);
        self.work.pictures.extend(image.map(|image| Picture {
            url: image.url.clone(),
            image_id: made.listing_image_id,
        }));
        self.next_picture(at + 1)
    }

    /// Removes one picture of ours that is no longer wanted, then the next.
    fn remove_surplus(self) -> Result<Step, PlatformError> {
        let kept = |id: u64| self.work.pictures.iter().any(|it| it.image_id == id);
        let listing = self.listing()?;
        let there = listing.images.iter().flatten();
        let surplus = there
            .map(|it| it.listing_image_id)
            .find(|id| !kept(*id) && self.work.memory.images.iter().any(|it| it.image_id == *id));
        let Some(id) = surplus else {
            return self.ask_inventory();
        };
        let rest = format!("/listings/{}/images/{id}", listing.listing_id);
        let path = self.call.shop(&rest)?;
        let mut work_after = self;
        work_after.work.memory.images.retain(|it| it.image_id != id);
        let phase = work_after.after(Phase::Surplus);
        Ok(work_after.call.delete(&path, &phase)?.step())
    }

    pub(super) fn removed(self, response: &HttpResponse) -> Result<Step, PlatformError> {
        if response.status() != StatusCode::NOT_FOUND {
            succeeded(response)?;
        }
        self.remove_surplus()
    }
}
