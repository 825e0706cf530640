//! Components are compiled once.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use host::Readied;

use crate::support::App;

fn progress(config: &mut host::HostConfig) -> Arc<Mutex<Vec<(String, Readied)>>> {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let keep = seen.clone();
    config.progress = Arc::new(move |id, how| keep.lock().unwrap().push((id.to_owned(), how)));
    seen
}

#[tokio::test(flavor = "multi_thread")]
async fn hosts_of_one_process_share_what_is_compiled() {
    let _first = App::start(|_| {}).await;
    let mut seen = None;
    let began = Instant::now();
    let _second = App::start(|config| seen = Some(progress(config))).await;
    assert!(began.elapsed().as_millis() < 1_000, "{:?}", began.elapsed());
    let seen = seen.unwrap().lock().unwrap().clone();
    assert_eq!(seen.len(), 4, "{seen:?}");
    assert!(
        seen.iter().all(|(_, how)| *how == Readied::Shared),
        "{seen:?}"
    );
}

/// Where the process that [`a_later_process_finds_compiled_components_on_disk`] starts keeps what
/// it compiles.
const CACHE: &str = "HOST_TEST_CACHE";

#[tokio::test(flavor = "multi_thread")]
async fn an_application_starts_with_the_cache_that_it_is_given() {
    let mut seen = None;
    let app = App::start(|config| {
        if let Some(cache) = std::env::var_os(CACHE) {
            config.cache = cache.into();
        }
        seen = Some(progress(config));
    })
    .await;
    let seen = seen.unwrap().lock().unwrap().clone();
    assert_eq!(seen.len(), 4, "{seen:?}");
    // Read by the process that started this one.
    eprintln!("{seen:?}");
    app.host.shutdown().await;
}

#[test]
fn a_later_process_finds_compiled_components_on_disk() {
    let cache = tempfile::tempdir().unwrap();
    let run = || {
        let test = "cache::an_application_starts_with_the_cache_that_it_is_given";
        let output = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--nocapture"])
            .env(CACHE, cache.path())
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let (first, second) = (run(), run());
    assert!(first.contains("(\"clockwork\", Compiled("), "{first}");
    assert!(second.contains("(\"clockwork\", Cached)"), "{second}");
    assert!(!second.contains("Compiled"), "{second}");
}
