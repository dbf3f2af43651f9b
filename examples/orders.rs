//! Messages with a type between two processes: values that serde writes and reads one way, and one
//! that lies in shared memory as it is the other way.
//!
//! `cargo run --release --example orders --features serde`

use ringway::{Encoded, Framed, FromBytes, Immutable, IntoBytes, KnownLayout};
use serde::{Deserialize, Serialize};
use std::process::{Command, ExitCode};

type Error = Box<dyn std::error::Error>;

/// What is asked for. It may hold whatever serde can write.
#[derive(Serialize, Deserialize, Debug)]
enum Order {
    Prices { of: String, days: u32 },
    Goodbye(Option<String>),
}

/// What is answered: some fields, and as many prices as there are. Nothing writes or reads it: both
/// processes see it where it is.
#[derive(FromBytes, IntoBytes, KnownLayout, Immutable)]
#[zerocopy(crate = "ringway::zerocopy")]
#[repr(C)]
struct Prices {
    first_day: u64,
    prices: [f64],
}

fn main() -> Result<ExitCode, Error> {
    let mut arguments = std::env::args().skip(1);
    match (arguments.next(), arguments.next()) {
        (Some(role), Some(name)) if role == "answer" => answer(&name)?,
        _ => ask()?,
    }
    Ok(ExitCode::SUCCESS)
}

fn ask() -> Result<(), Error> {
    let name = format!("orders-{}", std::process::id());
    let mut orders = ringway::mpsc::<Encoded<Order>>(&name).sender()?;
    let mut answers = ringway::spsc::<Framed<Prices>>(format!("{name}-answers")).receiver()?;
    let mut other = Command::new(std::env::current_exe()?)
        .args(["answer", &name])
        .spawn()?;

    for days in [3, 1000] {
        let of = "tea".to_owned();
        orders.send(&Order::Prices { of, days })?;
        let answer = answers.recv()?;
        let mean = answer.prices.iter().sum::<f64>() / f64::from(days);
        println!(
            "{} prices from day {} on, {mean:.2} on average",
            answer.prices.len(),
            answer.first_day
        );
        assert_eq!(answer.prices.len(), days as usize);
    }
    orders.send(&Order::Goodbye(Some("and thanks".to_owned())))?;
    assert!(other.wait()?.success());
    Ok(())
}

fn answer(name: &str) -> Result<(), Error> {
    let mut orders = ringway::mpsc::<Encoded<Order>>(name).receiver()?;
    let mut answers = ringway::spsc::<Framed<Prices>>(format!("{name}-answers")).sender()?;
    loop {
        let order = orders.recv()?;
        println!("asked for: {order:?}");
        match order {
            Order::Prices { of, days } => {
                let mut answer = answers.reserve(days as usize)?;
                answer.first_day = 20_000;
                for (day, price) in answer.prices.iter_mut().enumerate() {
                    *price = (of.len() + day % 7) as f64;
                }
                answer.commit();
            }
            Order::Goodbye(_) => return Ok(()),
        }
    }
}
