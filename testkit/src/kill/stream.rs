//! A pipe whose ends are killed after each instruction of their calls.

use super::flow::{bytes, check, reader, writer};
use super::hunt::Told;
use super::points::{Lead, Place, Take, Trial};
use super::{Finding, PATIENCE};
use crate::UniqueName;
use crate::step::{Stage, Stepped};
use ringway::pipe::{Reader, Writer};
use ringway_core::wait::WaitStrategy;
use std::io::{BufRead as _, Read as _, Write as _};
use std::time::Duration;

/// What the tests call it.
pub(super) const NAME: &str = "pipe";

/// Bytes in the ring.
const CAPACITY: usize = 256;
/// Bytes of a call: no whole number of words.
const CALL: usize = 29;
/// Laps of the ring that survivors and newcomers send through it afterwards.
const LAPS: usize = 3;

/// A call under test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Write,
    /// `reserve` and `commit`
    Reserve,
    /// `reserve` and `commit` of fewer
    Shrink,
    /// `reserve`, and dropping the grant
    Abort,
    Read,
    /// `fill_buf` and `consume`
    Consume,
    /// `fill_buf` and `consume` of fewer
    ConsumeFew,
    AttachWriter,
    AttachReader,
    DetachWriter,
    DetachReader,
}

use Call::{
    Abort, AttachReader, AttachWriter, Consume, ConsumeFew, DetachReader, DetachWriter, Read,
    Reserve, Shrink, Write,
};

impl Call {
    const ALL: [Call; 11] = [
        Write,
        Reserve,
        Shrink,
        Abort,
        Read,
        Consume,
        ConsumeFew,
        AttachWriter,
        AttachReader,
        DetachWriter,
        DetachReader,
    ];

    fn is_of_writer(self) -> bool {
        matches!(
            self,
            Write | Reserve | Shrink | Abort | AttachWriter | DetachWriter
        )
    }

    fn is_long(self) -> bool {
        matches!(
            self,
            AttachWriter | AttachReader | DetachWriter | DetachReader
        )
    }

    /// How many bytes it may move.
    fn most(self) -> u64 {
        match self {
            _ if self.is_long() => 0,
            Abort => 0,
            Shrink | ConsumeFew => CALL as u64 / 2,
            _ => CALL as u64,
        }
    }

    /// Whether it moves all of them or none.
    fn is_whole(self) -> bool {
        self != Write && self != Read
    }
}

/// What there is when the call begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fill {
    /// Nothing but what the call reads.
    Empty,
    /// As much as there is room for, but for what the call writes.
    Full,
    /// The end of the ring is in the middle of the bytes of the call.
    Wrapping,
    /// The call has to wait.
    Waiting,
}

impl Fill {
    const ALL: [Fill; 4] = [Fill::Empty, Fill::Full, Fill::Wrapping, Fill::Waiting];
}

/// All cases: those that open and close the segment, or all others.
pub(super) fn cases(long: bool) -> Vec<Told> {
    let calls = Call::ALL.into_iter().filter(|call| call.is_long() == long);
    let cases = calls.flat_map(|call| Fill::ALL.map(|fill| (call, fill)));
    // Who comes or goes does not wait.
    let cases = cases.filter(|(_, fill)| !long || *fill != Fill::Waiting);
    cases
        .map(|(call, fill)| -> Told {
            let trial = StreamTrial {
                call,
                fill,
                moved: 0,
            };
            Told {
                name: format!("{call:?}/{fill:?}"),
                is_slow: false,
                trial: Box::new(move || Box::new(trial)),
            }
        })
        .collect()
}

struct StreamTrial {
    call: Call,
    fill: Fill,
    /// How many bytes the call had moved when it was killed before.
    moved: u64,
}

impl Trial for StreamTrial {
    fn play(&mut self, take: Take, lead: &mut Lead<'_>) -> Result<bool, Finding> {
        let mut scene = Scene::new(self.call, self.fill)?;
        let from = scene.prepare()?;
        let answer = scene.kill(lead)?;
        let moved = scene.succeed()? - from;
        self.judge(moved, answer, take.after)?;
        scene.go_on()?;
        Ok(answer.is_some())
    }
}

impl StreamTrial {
    fn judge(
        &mut self,
        moved: u64,
        answer: Option<u64>,
        after: Option<Place>,
    ) -> Result<(), Finding> {
        let most = self.call.most();
        // At the end of the ring a grant, or what is there in one piece, may be less.
        let is_whole = self.call.is_whole() && self.fill != Fill::Wrapping;
        let is_sound = moved <= most
            && answer.is_none_or(|answer| answer == moved)
            && (!is_whole || moved == 0 || moved == most);
        // A call that waits takes some instructions more or less.
        let went_back = after.is_some() && self.fill != Fill::Waiting && moved < self.moved;
        if !is_sound || went_back {
            return Err(Finding::Broken(format!(
                "{moved} bytes moved of {most}, killed earlier {}, and {answer:?} were told",
                self.moved
            )));
        }
        if after.is_some() {
            self.moved = moved;
        }
        Ok(())
    }
}

struct Scene {
    call: Call,
    fill: Fill,
    name: UniqueName,
    tx: Option<Writer>,
    rx: Option<Reader>,
    /// Whether there is something to read for a call that waits for it.
    is_served: bool,
}

impl Scene {
    fn new(call: Call, fill: Fill) -> Result<Self, Finding> {
        let mut scene = Scene {
            call,
            fill,
            name: UniqueName::new("stream"),
            tx: None,
            rx: None,
            is_served: false,
        };
        scene.tx = Some(scene.writer()?);
        scene.rx = Some(scene.reader()?);
        Ok(scene)
    }

    fn writer(&self) -> Result<Writer, Finding> {
        writer(self.name.as_str(), CAPACITY, WaitStrategy::Park)
    }

    fn reader(&self) -> Result<Reader, Finding> {
        reader(self.name.as_str(), CAPACITY, WaitStrategy::Park)
    }

    /// Fills the ring, and leaves the place that the victim takes; at which byte its call begins.
    fn prepare(&mut self) -> Result<u64, Finding> {
        if self.fill == Fill::Wrapping {
            let mut before = CAPACITY - CALL / 2;
            while before > 0 {
                let count = before.min(CALL);
                self.write(count)?;
                self.read_all()?;
                before -= count;
            }
        }
        let load = match (self.fill, self.call.is_of_writer()) {
            (Fill::Full, true) => CAPACITY - CALL,
            (Fill::Full, false) | (Fill::Waiting, true) => CAPACITY,
            (Fill::Waiting, false) | (_, true) => 0,
            (_, false) => CALL,
        };
        self.write(load)?;
        let from = if self.call.is_of_writer() {
            let tx = self.tx.take().expect("there is a writer");
            tx.written()
        } else {
            let rx = self.rx.take().expect("there is a reader");
            rx.consumed()
        };
        Ok(from)
    }

    /// Kills the victim; what its call returned, if it had ended.
    fn kill(&mut self, lead: &mut Lead<'_>) -> Result<Option<u64>, Finding> {
        let file = self.name.shm_file();
        let mut helped = Ok(());
        let mut victim = Stepped::at_begin(|stage| self.play_victim(stage));
        if victim.has_failed() {
            let told = "a process that came before the kill could not do its work";
            return Err(Finding::Wedged(told.to_owned()));
        }
        if self.fill == Fill::Waiting {
            victim.when_asleep(|| {
                if helped.is_ok() {
                    helped = self.help();
                }
            });
        }
        lead(&mut victim, &file);
        let (answer, failed) = (victim.answer(), victim.has_failed());
        drop(victim);
        helped?;
        if failed {
            return Err(Finding::Broken("the call panics".to_owned()));
        }
        Ok(answer)
    }

    /// Makes that a call of the victim can go on that waits.
    fn help(&mut self) -> Result<(), Finding> {
        if self.call.is_of_writer() {
            return self.read(CAPACITY, PATIENCE).map(|_| ());
        }
        if !self.is_served {
            self.is_served = true;
            self.write(CALL)?;
        }
        Ok(())
    }

    /// The victim's part, in its own process.
    fn play_victim(&self, stage: &Stage) -> ! {
        if self.call.is_of_writer() {
            self.play_writer(stage)
        } else {
            self.play_reader(stage)
        }
    }

    fn play_writer(&self, stage: &Stage) -> ! {
        if self.call == AttachWriter {
            stage.begin();
            let _tx = self.writer();
            stage.end(0);
        }
        let mut tx = self.writer().unwrap();
        let bytes = bytes(tx.written(), CALL);
        stage.begin();
        // What the call moved is told while the end is still there.
        let moved = match self.call {
            Write => tx.write(&bytes).unwrap(),
            Reserve | Shrink => {
                let mut grant = tx.reserve(CALL).unwrap();
                let count = grant.len().min(self.call.most() as usize);
                grant[..count].copy_from_slice(&bytes[..count]);
                grant.commit(count);
                count
            }
            Abort => {
                drop(tx.reserve(CALL).unwrap());
                0
            }
            DetachWriter => {
                drop(tx);
                stage.end(0);
            }
            other => unreachable!("{other:?} is no call of a writer"),
        };
        stage.end(moved as u64);
    }

    fn play_reader(&self, stage: &Stage) -> ! {
        if self.call == AttachReader {
            stage.begin();
            let _rx = self.reader();
            stage.end(0);
        }
        let mut rx = self.reader().unwrap();
        let mut buffer = [0; CALL];
        stage.begin();
        // What the call moved is told while the end is still there.
        let moved = match self.call {
            Read => rx.read(&mut buffer).unwrap(),
            Consume | ConsumeFew => {
                let count = rx.fill_buf().unwrap().len();
                let count = count.min(self.call.most() as usize);
                rx.consume(count);
                count
            }
            DetachReader => {
                drop(rx);
                stage.end(0);
            }
            other => unreachable!("{other:?} is no call of a reader"),
        };
        stage.end(moved as u64);
    }

    /// Takes the place of the victim; up to which byte it came.
    fn succeed(&mut self) -> Result<u64, Finding> {
        if self.call.is_of_writer() {
            // All that the dead one had written is there before anybody else comes.
            self.read_all()?;
            let read = self.rx.as_ref().map_or(0, Reader::consumed);
            let tx = self.tx.insert(self.writer()?);
            if tx.written() == read {
                return Ok(read);
            }
            let told = format!("{read} bytes were there, and {} count", tx.written());
            return Err(Finding::Lost(told));
        }
        let rx = self.rx.insert(self.reader()?);
        Ok(rx.consumed())
    }

    /// Survivors and successors send laps of further bytes, newcomers do so too, and all leave.
    fn go_on(mut self) -> Result<(), Finding> {
        self.read_all()?;
        self.laps()?;
        self.tx = None;
        self.tx = Some(self.writer()?);
        self.rx = None;
        self.rx = Some(self.reader()?);
        self.laps()?;
        self.write(CAPACITY)?;
        self.tx = None;
        self.read_all()?;
        let end = self.read(1, PATIENCE)?;
        self.rx = None;
        if end != Some(0) {
            let told = format!("instead of the end of the stream: {end:?}");
            return Err(Finding::Wedged(told));
        }
        if self.name.exists() {
            return Err(Finding::LeftBehind(self.name.to_string()));
        }
        Ok(())
    }

    fn laps(&mut self) -> Result<(), Finding> {
        let mut left = LAPS * CAPACITY;
        while left > 0 {
            let count = left.min(CALL + left % 7);
            self.write(count)?;
            self.read_all()?;
            left -= count;
        }
        Ok(())
    }

    /// Writes so many bytes, for which there is room.
    fn write(&mut self, count: usize) -> Result<(), Finding> {
        let tx = self.tx.as_mut().expect("there is a writer");
        let bytes = bytes(tx.written(), count);
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let written = tx
                .write_timeout(rest, PATIENCE)
                .map_err(|error| Finding::Wedged(format!("a write that has room: {error}")))?;
            rest = &rest[written..];
        }
        Ok(())
    }

    /// Reads what was written and is there.
    fn read_all(&mut self) -> Result<(), Finding> {
        while self.rx.as_mut().is_some_and(|rx| rx.available() > 0) {
            self.read(CAPACITY, PATIENCE)?;
        }
        let (Some(tx), Some(rx)) = (&self.tx, &self.rx) else {
            return Ok(());
        };
        if tx.written() != rx.consumed() {
            let told = format!("{} bytes of {} come", rx.consumed(), tx.written());
            return Err(Finding::Lost(told));
        }
        Ok(())
    }

    /// Reads up to `most` bytes; nothing if none come within `patience`.
    fn read(&mut self, most: usize, patience: Duration) -> Result<Option<usize>, Finding> {
        let rx = self.rx.as_mut().expect("there is a reader");
        let from = rx.consumed();
        let mut buffer = vec![0; most];
        let Ok(count) = rx.read_timeout(&mut buffer, patience) else {
            return Ok(None);
        };
        check(from, &buffer[..count])?;
        Ok(Some(count))
    }
}
