//! Models of parts of the AWS protocol, and rules broken on purpose: every broken rule must be found, and the right rules
//! must keep every invariant. `README.md` says how it is run.

mod answers;
mod checker;
mod journal;

use checker::{check, Model};
use std::process::ExitCode;

struct Tally {
    wrong: usize,
}

impl Tally {
    /// @param is_broken whether a rule is broken on purpose
    fn run<M: Model>(&mut self, name: &str, is_broken: bool, model: &M) {
        let report = check(model);
        let as_expected = report.violation.is_some() == is_broken;
        let verdict = if as_expected { "as expected" } else { "NOT AS EXPECTED" };
        let found = report.violation.as_ref().map_or("keeps every invariant", |(what, _)| what);
        println!("{name:<60} {:>9} states  {found}  [{verdict}]", report.states);
        if let (Some((_, steps)), true) =
            (&report.violation, !as_expected || std::env::args().any(|arg| arg == "--trace"))
        {
            for (at, step) in steps.iter().enumerate() {
                println!("    {:>2}. {step}", at + 1);
            }
        }
        self.wrong += usize::from(!as_expected);
    }
}

fn main() -> ExitCode {
    let mut tally = Tally { wrong: 0 };
    let journal = |rules, leases| journal::Journal { rules, leases };
    tally.run("journal: right, three leases", false, &journal(journal::RIGHT, 3));
    let rules = journal::Rules { chain: false, ..journal::RIGHT };
    tally.run("journal: the newest epoch counts, then the next lower one", true, &journal(rules, 3));
    let rules = journal::Rules { begin: false, ..journal::RIGHT };
    tally.run("journal: an epoch begins at the first piece that is found", true, &journal(rules, 3));
    let rules = journal::Rules { put_once: false, ..journal::RIGHT };
    tally.run("journal: a piece is put again after a refusal", true, &journal(rules, 2));

    let answers = |rules, is_slow| answers::Answers { rules, is_slow };
    tally.run("answers: right", false, &answers(answers::RIGHT, false));
    tally.run("answers: right, beside a slow holder", false, &answers(answers::RIGHT, true));
    let rules = answers::Rules { from_journal: false, ..answers::RIGHT };
    tally.run("answers: stamped with the generation of the head", true, &answers(rules, false));
    let rules = answers::Rules { waits: false, ..answers::RIGHT };
    tally.run("answers: taken out before their callback was asked for", true, &answers(rules, true));
    ExitCode::from(u8::from(tally.wrong > 0))
}
