//! One scene: a channel is prepared, a victim is killed in a call, and the survivors account for
//! every message and go on.

use super::case::{Call, Case, Company, Fill};
use super::ledger::{Due, Finding, Ledger, told};
use super::points::Lead;
use super::{PATIENCE, Received, Refused, Size, Subject};
use crate::UniqueName;
use crate::step::{Stage, Stepped};
use ringway_core::wait::WaitStrategy;
use std::time::Duration;

/// Who numbered a message.
const SURVIVOR: u64 = 1;
const VICTIM: u64 = 2;
const NEWCOMER: u64 = 3;

/// Laps that survivors and newcomers send through the ring afterwards.
const LAPS: u64 = 3;

/// Time in which a receiver that waits notices what a dead one held: more than the quarter of a
/// second in which it does.
const NOTICE: Duration = Duration::from_secs(1);

/// What came of it, if the channel is sound.
#[derive(Clone, Copy, Debug)]
pub struct Outcome {
    /// Whether the call had ended when its process was killed.
    pub ended: bool,
    /// How many messages of the call the survivors got.
    pub delivered: u64,
}

/// How a scene is played.
#[derive(Clone, Copy, Debug)]
pub struct Script {
    /// The call, and its circumstances.
    pub case: Case,
    /// Messages in a whole lap of the ring, see `lap`.
    pub lap: u64,
    /// Whether the survivors ask for repair at once, or leave it to their waits to find out.
    pub repair: bool,
}

/// Plays a scene.
///
/// # Errors
///
/// What is wrong with the channel afterwards.
pub(super) fn play<S: Subject>(script: Script, lead: &mut Lead<'_>) -> Result<Outcome, Finding> {
    let name = UniqueName::new("kill");
    // Whoever looks for a while first takes thousands of instructions.
    let wait = if script.case.needs_help() {
        WaitStrategy::Park
    } else {
        WaitStrategy::default()
    };
    let mut scene = Scene::<S> {
        script,
        channel: S::at(name.as_str(), script.case.capacity, wait),
        ledger: Ledger::default(),
        tx: None,
        rx: None,
    };
    let mut plan = scene.prepare()?;
    let answer = if script.case.needs_help() {
        scene.kill_waiting(&mut plan, lead)?
    } else {
        scene.kill(&plan, lead)?
    };
    scene.settle(&plan, answer);
    scene.go_on()?;
    scene.close()?;
    if S::CLOSES && name.exists() {
        return Err(Finding::LeftBehind(name.to_string()));
    }
    let came = |number: &&u64| scene.ledger.came(**number);
    Ok(Outcome {
        ended: answer.is_some(),
        delivered: plan.at_stake().iter().filter(came).count() as u64,
    })
}

struct Scene<S: Subject> {
    script: Script,
    channel: S,
    ledger: Ledger,
    tx: Option<S::Sender>,
    rx: Option<S::Receiver>,
}

/// What the victim does.
struct Plan {
    call: Call,
    /// Messages that it sends itself, before the call under test.
    sends_before: Vec<u64>,
    /// Messages that it receives and finishes before the call.
    receives_before: u64,
    /// The messages of the call.
    numbers: [u64; 2],
    /// Whether those that it receives were sent.
    is_served: bool,
}

impl Plan {
    fn at_stake(&self) -> &[u64] {
        &self.numbers[..self.call.messages() as usize]
    }
}

impl<S: Subject> Scene<S> {
    /// Fills the ring, has others die, and leaves the place that the victim takes.
    fn prepare(&mut self) -> Result<Plan, Finding> {
        let Script { case, lap, .. } = self.script;
        let call = case.call;
        let mut plan = Plan {
            call,
            sends_before: Vec::new(),
            receives_before: 0,
            numbers: [0; 2],
            is_served: true,
        };
        if case.company == Company::Nobody {
            return Ok(plan);
        }
        self.tx = Some(self.attach_sender()?);
        self.rx = Some(self.attach_receiver()?);
        let dead_slot = u64::from(case.dead_holds_slot::<S>());
        let held_slot = u64::from(case.survivor_holds_slot::<S>());
        let held = u64::from(case.survivor_holds_message::<S>() || case.dead_holds_message::<S>());
        let is_attach = matches!(call, Call::AttachSender | Call::AttachReceiver);
        // Slots in use for good while the call is made, and those of them before its position.
        let in_use = dead_slot + held_slot + held;
        let ahead = if call.is_of_sender() {
            in_use
        } else {
            dead_slot + held
        };
        let mut before = 0;
        if let Some(to_end) = case.fill.slots_to_end() {
            before = 1;
            for _ in 0..(2 * lap - to_end - ahead - before) % lap {
                self.round_trip(SURVIVOR, Size::Slot)?;
            }
        }
        if held > 0 {
            self.send(SURVIVOR, Size::Slot)?;
        }
        if case.company == Company::Dead {
            self.have_others_die();
        }
        if call.is_of_sender() {
            let load = match case.fill {
                Fill::Empty => 0,
                Fill::Full | Fill::Waiting => lap - in_use - case.free_slots(),
                Fill::Wrapping | Fill::Skipping => before,
            };
            let own = if is_attach { 0 } else { load.min(1) };
            for _ in own..load {
                self.send(SURVIVOR, Size::Slot)?;
            }
            let mut next = |size| self.ledger.next(VICTIM, size);
            plan.sends_before = (0..own).map(|_| next(Size::Slot)).collect();
            plan.numbers = [next(call.size()), next(call.size())];
            if !S::MANY_SENDERS || !case.survivor_holds_slot::<S>() {
                self.tx = None;
            }
        } else {
            plan.receives_before = if is_attach { 0 } else { before };
            let load = match case.fill {
                Fill::Waiting => 0,
                Fill::Empty => call.messages(),
                Fill::Full => lap - in_use,
                Fill::Wrapping | Fill::Skipping => before + call.messages(),
            };
            let mut numbers = Vec::new();
            for index in 0..load {
                let is_at_stake = index >= before && index - before < call.messages();
                let size = if is_at_stake { call.size() } else { Size::Slot };
                numbers.push(self.send(SURVIVOR, size)?);
            }
            if case.fill == Fill::Waiting {
                let next = |_| self.ledger.next(SURVIVOR, call.size());
                numbers.extend((0..call.messages()).map(next));
                plan.is_served = false;
            }
            for &number in numbers.iter().take(plan.receives_before as usize) {
                self.ledger.owe(number, Due::Finished);
            }
            let at_stake = numbers.iter().skip(plan.receives_before as usize);
            for (place, number) in plan.numbers.iter_mut().zip(at_stake) {
                *place = *number;
            }
            if !S::MANY_RECEIVERS || !case.survivor_holds_message::<S>() {
                self.rx = None;
            }
        }
        Ok(plan)
    }

    /// Has a process die that holds a slot and a message, or one of them.
    fn have_others_die(&mut self) {
        let case = self.script.case;
        let other = Stepped::at_begin(|stage| {
            let hold_message = &mut || {
                if case.dead_holds_message::<S>() {
                    let mut rx = self.channel.receiver().unwrap();
                    S::recv_within(&mut rx, PATIENCE, &mut |_| stage.begin()).unwrap();
                } else {
                    stage.begin();
                }
            };
            if case.dead_holds_slot::<S>() {
                let mut tx = self.channel.sender().unwrap();
                S::holding_slot(&mut tx, 0, hold_message).unwrap();
            } else {
                hold_message();
            }
        });
        other.kill();
        self.ledger.receiver_died |= case.dead_holds_message::<S>();
    }

    /// Kills the victim, while survivors hold what they are to hold; what its call returned, if it
    /// had ended.
    fn kill(&mut self, plan: &Plan, lead: &mut Lead<'_>) -> Result<Option<u64>, Finding> {
        let Scene {
            script: Script { case, .. },
            channel,
            ledger,
            tx,
            rx,
        } = self;
        for &number in &plan.sends_before {
            ledger.owe(number, Due::Once);
        }
        let holds_slot = case.survivor_holds_slot::<S>();
        let slot = if holds_slot {
            ledger.next(SURVIVOR, Size::Slot)
        } else {
            0
        };
        if holds_slot {
            ledger.owe(slot, Due::Once);
        }
        let mut answer = None;
        let mut got = None;
        let mut failed = false;
        let mut meanwhile = Ok(());
        let mut act = |late: Option<&mut S::Sender>| {
            let mut victim = Some(Stepped::at_begin(|stage| play_victim(channel, plan, stage)));
            let mut kill = || {
                let mut victim = victim.take().expect("it is killed once");
                lead(&mut victim, &channel.file());
                answer = victim.answer();
                failed = victim.has_failed();
            };
            match late {
                Some(tx) => meanwhile = S::holding_slot(tx, slot, &mut kill),
                None => kill(),
            }
        };
        let mut with_message = |late: Option<&mut S::Sender>| match rx {
            Some(rx) if case.survivor_holds_message::<S>() => {
                let mut late = late;
                S::recv_within(rx, PATIENCE, &mut |message| {
                    got = Some(message);
                    act(late.take());
                })
            }
            _ => {
                act(late);
                Ok(())
            }
        };
        let held = match tx {
            // A slot behind the messages that the victim receives, which has come by then.
            Some(tx) if holds_slot && !plan.call.is_of_sender() => with_message(Some(tx)),
            Some(tx) if holds_slot => {
                let mut inner = Ok(());
                let outer = S::holding_slot(tx, slot, &mut || inner = with_message(None));
                outer.and(inner)
            }
            _ => with_message(None),
        };
        let held = held.and(meanwhile);
        held.map_err(|refused| Finding::Wedged(format!("before the kill: {refused:?}")))?;
        if failed {
            return Err(no_scene());
        }
        got.map_or(Ok(()), |message| ledger.note(message))?;
        Ok(answer)
    }

    /// Kills a victim whose call has to wait until survivors have done something, which they do when
    /// it sleeps; what the call returned, if it had ended.
    fn kill_waiting(
        &mut self,
        plan: &mut Plan,
        lead: &mut Lead<'_>,
    ) -> Result<Option<u64>, Finding> {
        for &number in &plan.sends_before {
            self.ledger.owe(number, Due::Once);
        }
        let file = self.channel.file();
        let mut helped = Ok(());
        let mut victim = Stepped::at_begin(|stage| play_victim(&self.channel, plan, stage));
        if victim.has_failed() {
            return Err(no_scene());
        }
        victim.when_asleep(|| {
            if helped.is_ok() {
                helped = self.help(plan);
            }
        });
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
    fn help(&mut self, plan: &mut Plan) -> Result<(), Finding> {
        if plan.call.is_of_sender() {
            self.rx.iter_mut().for_each(S::repair_as_receiver);
            return self.receive_all(Duration::ZERO);
        }
        if !plan.is_served {
            let tx = self.tx.as_mut().expect("there is a sender");
            for &number in plan.at_stake() {
                S::send_within(tx, number).map_err(no_room)?;
            }
            plan.is_served = true;
        }
        Ok(())
    }

    /// Says what is owed of the messages of the call.
    fn settle(&mut self, plan: &Plan, answer: Option<u64>) {
        let case = self.script.case;
        self.ledger.receiver_died |= !plan.call.is_of_sender();
        if !plan.is_served {
            return;
        }
        if !plan.call.is_of_sender() && case.dead_holds_message::<S>() {
            // What the dead one held may have come to the victim, before or after all else.
            let taken = answer.unwrap_or(plan.call.messages());
            return self.ledger.pool(plan.receives_before + taken);
        }
        for (index, &number) in plan.at_stake().iter().enumerate() {
            let due = match answer {
                None => Due::Perhaps,
                Some(_) if plan.call.is_of_sender() => Due::Once,
                Some(taken) if (index as u64) < taken => Due::Finished,
                Some(_) => Due::Once,
            };
            self.ledger.owe(number, due);
        }
    }

    /// The survivors get what is owed, send laps of further messages, and newcomers do so too.
    fn go_on(&mut self) -> Result<(), Finding> {
        let lap = self.script.lap;
        if self.rx.is_none() {
            self.rx = Some(self.attach_receiver()?);
        }
        if self.script.repair {
            self.tx.iter_mut().for_each(S::repair_as_sender);
            self.rx.iter_mut().for_each(S::repair_as_receiver);
        }
        self.receive_what_is_there()?;
        self.receive_what_is_owed()?;
        if self.tx.is_none() {
            self.tx = Some(self.attach_sender()?);
        }
        self.round_trips(SURVIVOR, LAPS * lap)?;
        self.let_newcomers_work()?;
        for _ in 0..self.tx.as_ref().map_or(0, S::capacity) {
            self.send(SURVIVOR, Size::Slot)?;
        }
        self.receive_what_is_owed()?;
        self.check_counts()
    }

    /// What the ends counted is what the ledger knows of.
    fn check_counts(&self) -> Result<(), Finding> {
        let (Some(tx), Some(rx)) = (&self.tx, &self.rx) else {
            return Ok(());
        };
        let (certain, perhaps) = self.ledger.counts();
        match S::counts(tx, rx) {
            Some((sent, received))
                if sent != received || !(certain..=certain + perhaps).contains(&sent) =>
            {
                Err(Finding::Broken(format!(
                    "{sent} sent and {received} received are counted, which are {certain}, \
                     and {perhaps} perhaps"
                )))
            }
            _ => Ok(()),
        }
    }

    /// Newcomers do the work for a lap, beside those who are there or, where there can be one end
    /// of a kind only, in their place.
    fn let_newcomers_work(&mut self) -> Result<(), Finding> {
        let old_tx = self.tx.take().filter(|_| S::MANY_SENDERS);
        self.tx = Some(self.attach_sender()?);
        let old_rx = self.rx.take().filter(|_| S::MANY_RECEIVERS);
        self.rx = Some(self.attach_receiver()?);
        self.round_trips(NEWCOMER, self.script.lap + 1)?;
        // Old ones go on, and the newcomers leave.
        self.tx = old_tx.or(self.tx.take());
        self.rx = old_rx.or(self.rx.take());
        Ok(())
    }

    /// Everybody leaves in order: the senders, then the receivers when they are told so.
    fn close(&mut self) -> Result<(), Finding> {
        self.tx = None;
        loop {
            match self.receive(PATIENCE) {
                Ok(()) => {}
                Err(Stopped::Refused(Refused::Closed)) => break,
                Err(Stopped::Refused(Refused::Nothing)) if !S::CLOSES => break,
                Err(Stopped::Refused(refused)) => {
                    let told = format!("instead of the end of the channel: {refused:?}");
                    return Err(Finding::Wedged(told));
                }
                Err(Stopped::Found(finding)) => return Err(finding),
            }
        }
        self.rx = None;
        Ok(())
    }

    fn attach_sender(&self) -> Result<S::Sender, Finding> {
        let wedged = |error| Finding::Wedged(format!("no sender can be attached: {error}"));
        self.channel.sender().map_err(wedged)
    }

    fn attach_receiver(&self) -> Result<S::Receiver, Finding> {
        let wedged = |error| Finding::Wedged(format!("no receiver can be attached: {error}"));
        self.channel.receiver().map_err(wedged)
    }

    /// Sends a new message.
    fn send(&mut self, who: u64, size: Size) -> Result<u64, Finding> {
        let number = self.ledger.next(who, size);
        let tx = self.tx.as_mut().expect("there is a sender");
        S::send_within(tx, number).map_err(no_room)?;
        self.ledger.owe(number, Due::Once);
        Ok(number)
    }

    fn receive(&mut self, patience: Duration) -> Result<(), Stopped> {
        let Scene { ledger, rx, .. } = self;
        let rx = rx.as_mut().expect("there is a receiver");
        let mut noted = Ok(());
        S::recv_within(rx, patience, &mut |message: Received| {
            noted = ledger.note(message)
        })?;
        Ok(noted?)
    }

    fn receive_until(&mut self, number: u64) -> Result<(), Finding> {
        while !self.ledger.came(number) {
            self.receive_for(number)?;
        }
        Ok(())
    }

    /// Empties the ring of what need not have come: a message that is to be delivered again
    /// occupies its slot.
    fn receive_what_is_there(&mut self) -> Result<(), Finding> {
        let patience = if self.script.repair {
            Duration::ZERO
        } else {
            NOTICE
        };
        self.receive_all(patience)
    }

    /// Receives until nothing comes for `patience`.
    fn receive_all(&mut self, patience: Duration) -> Result<(), Finding> {
        loop {
            match self.receive(patience) {
                Ok(()) => {}
                Err(Stopped::Refused(_)) => return Ok(()),
                Err(Stopped::Found(finding)) => return Err(finding),
            }
        }
    }

    fn receive_what_is_owed(&mut self) -> Result<(), Finding> {
        while let Some(number) = self.ledger.missing() {
            self.receive_for(number)?;
        }
        Ok(())
    }

    /// Receives a message, of which `number` or another should be one.
    fn receive_for(&mut self, number: u64) -> Result<(), Finding> {
        self.receive(PATIENCE).map_err(|stopped| match stopped {
            Stopped::Found(finding) => finding,
            Stopped::Refused(Refused::Closed) => Finding::Lost(told(number)),
            Stopped::Refused(refused) => {
                Finding::Wedged(format!("{} should come: {refused:?}", told(number)))
            }
        })
    }

    fn round_trip(&mut self, who: u64, size: Size) -> Result<(), Finding> {
        let number = self.send(who, size)?;
        self.receive_until(number)
    }

    /// Messages of all lengths, one after the other.
    fn round_trips(&mut self, who: u64, count: u64) -> Result<(), Finding> {
        if S::has(Call::SendParts) {
            self.pass_in_parts(who)?;
        }
        for _ in 0..count {
            self.round_trip(who, Size::Piece)?;
        }
        Ok(())
    }

    /// A message in parts, received while it is sent.
    fn pass_in_parts(&mut self, who: u64) -> Result<(), Finding> {
        let number = self.ledger.next(who, Size::Parts);
        self.ledger.owe(number, Due::Once);
        let mut tx = self.tx.take().expect("there is a sender");
        let (sent, received) = std::thread::scope(|scope| {
            let sending = scope.spawn(|| S::send_within(&mut tx, number));
            let received = self.receive_until(number);
            (sending.join(), received)
        });
        self.tx = Some(tx);
        sent.expect("a survivor does not panic").map_err(no_room)?;
        received
    }
}

/// Why nothing was received.
enum Stopped {
    Refused(Refused),
    Found(Finding),
}

impl From<Refused> for Stopped {
    fn from(refused: Refused) -> Self {
        Stopped::Refused(refused)
    }
}
impl From<Finding> for Stopped {
    fn from(finding: Finding) -> Self {
        Stopped::Found(finding)
    }
}

fn no_room(refused: Refused) -> Finding {
    Finding::Wedged(format!("a send that has room: {refused:?}"))
}

fn no_scene() -> Finding {
    let told = "a process that came before the kill could not do its work";
    Finding::Wedged(told.to_owned())
}

/// The victim's part, in its own process.
fn play_victim<S: Subject>(channel: &S, plan: &Plan, stage: &Stage) {
    if plan.call.is_of_sender() {
        play_sender(channel, plan, stage);
    } else {
        play_receiver(channel, plan, stage);
    }
}

fn play_sender<S: Subject>(channel: &S, plan: &Plan, stage: &Stage) -> ! {
    if plan.call == Call::AttachSender {
        stage.begin();
        let _tx = channel.sender();
        stage.end(0);
    }
    let mut tx = channel.sender().unwrap();
    for &number in &plan.sends_before {
        S::send_within(&mut tx, number).unwrap();
    }
    let messages = plan.numbers.map(|number| S::message(&tx, number));
    match plan.call {
        Call::Send | Call::SendParts => {
            stage.begin();
            S::send(&mut tx, &messages[0]);
        }
        Call::SendInPlace => {
            stage.begin();
            S::send_in_place(&mut tx, &messages[0]);
        }
        Call::SendShrunk => {
            stage.begin();
            S::send_shrunk(&mut tx, &messages[0]);
        }
        Call::SendBatch => {
            stage.begin();
            S::send_batch(&mut tx, &messages);
        }
        Call::Abort => {
            stage.begin();
            S::abort(&mut tx);
        }
        Call::CloneSender => {
            stage.begin();
            let _clone = S::clone_sender(&tx);
            stage.end(0);
        }
        Call::DropSenderClone => {
            let clone = S::clone_sender(&tx);
            stage.begin();
            drop(clone);
        }
        Call::DetachSender => {
            stage.begin();
            drop(tx);
        }
        other => unreachable!("{other:?} is no call of a sender"),
    }
    stage.end(0);
}

fn play_receiver<S: Subject>(channel: &S, plan: &Plan, stage: &Stage) -> ! {
    if plan.call == Call::AttachReceiver {
        stage.begin();
        let _rx = channel.receiver();
        stage.end(0);
    }
    let mut rx = channel.receiver().unwrap();
    for _ in 0..plan.receives_before {
        S::recv(&mut rx);
    }
    match plan.call {
        Call::Recv | Call::RecvParts => {
            stage.begin();
            S::recv(&mut rx);
            stage.end(1);
        }
        Call::RecvCopy | Call::RecvPartsCopy => {
            let mut buffer = S::buffer();
            stage.begin();
            S::recv_copy(&mut rx, &mut buffer);
            stage.end(1);
        }
        Call::RecvBatch => {
            stage.begin();
            let taken = S::recv_batch(&mut rx);
            stage.end(taken as u64);
        }
        Call::CloneReceiver => {
            stage.begin();
            let _clone = S::clone_receiver(&rx);
            stage.end(0);
        }
        Call::DropReceiverClone => {
            let clone = S::clone_receiver(&rx);
            stage.begin();
            drop(clone);
        }
        Call::DetachReceiver => {
            stage.begin();
            drop(rx);
        }
        other => unreachable!("{other:?} is no call of a receiver"),
    }
    stage.end(0);
}
