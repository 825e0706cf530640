//! Components are compiled once.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use host::Readied;

use crate::support::{App, manifest, target};

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

/// A new process finds compiled code on disk: the example program is one.
#[test]
fn a_later_process_finds_compiled_components_on_disk() {
    let manifest = manifest();
    let cache = tempdir();
    let run = || {
        let serve = std::process::Command::new(target().join("debug/examples/serve"))
            .args(["--once".as_ref(), manifest.as_os_str(), cache.as_os_str()])
            .output()
            .unwrap();
        String::from_utf8_lossy(&serve.stderr).into_owned()
    };
    let (first, second) = (run(), run());
    assert!(first.contains("clockwork: Compiled"), "{first}");
    assert!(
        !second.contains("Compiled") && second.contains("clockwork: Cached"),
        "{second}"
    );
    std::fs::remove_dir_all(cache).unwrap();
}

fn tempdir() -> std::path::PathBuf {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = path.join(format!("cache-{}", std::process::id()));
    std::fs::create_dir_all(&path).unwrap();
    path
}
