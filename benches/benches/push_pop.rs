//! One message in, the same message out, in one thread: what the calls themselves cost.

use criterion::Criterion;
use ringway_benches::cores::{Cores, Pinned};
use ringway_benches::ends::{Inlet, Outlet};
use ringway_benches::item::{Item, check};
use ringway_benches::pairs;
use ringway_benches::ringway_ends::{Spinning, inlet, outlet};

fn push_pop<T: Item>(criterion: &mut Criterion, bytes: &str) {
    let channel = format!("bench-{}-push-pop", std::process::id());
    let mut tx = outlet::<T, Spinning>(&channel);
    let mut rx = inlet::<T, Spinning>(&channel);
    let mut item = T::numbered(u64::MAX);
    let mut number = 0;
    criterion.bench_function(&format!("push-pop/{bytes}"), |bencher| {
        bencher.iter(|| {
            tx.put(T::numbered(number));
            rx.take(&mut item);
            check(&item, number);
            number += 1;
        });
    });
}

fn main() {
    let _pinned = Cores::two().map(|cores| Pinned::to(cores.lead));
    pairs::run(|criterion| {
        push_pop::<u64>(criterion, "8");
        push_pop::<[u64; 8]>(criterion, "64");
        push_pop::<[u64; 32]>(criterion, "256");
        push_pop::<[u64; 512]>(criterion, "4096");
    });
}
