//! Another Rust static library, to live in one program with ours: a std of its own, threads, a panic that it catches.

use std::collections::HashMap;
use std::panic::catch_unwind;

#[unsafe(no_mangle)]
pub extern "C" fn neighbour_works() -> i32 {
    std::panic::set_hook(Box::new(|_| {}));
    let thread = std::thread::spawn(|| (0..100).map(|i| (i, i.to_string())).collect::<HashMap<_, _>>());
    let map = thread.join().unwrap_or_default();
    let panicked = catch_unwind(|| assert!(map.contains_key(&100), "no such key")).is_err();
    i32::from(panicked && map.len() == 100)
}
