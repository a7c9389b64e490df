use crate::*;
fn m(n: &str, f: impl Fn(&mut Cfg)) -> Cfg {
    let mut c = Cfg::base(n);
    f(&mut c);
    c
}
// the repaired rule set
fn fix(c: &mut Cfg) {
    c.fenced_back = true;
    c.wake_leased = 1;
    c.kick_leased = 1;
    c.launch_parked1 = 2;
    c.stop_first = true;
    c.tail_nt = 2;
    c.abandon_relaunch = true;
    c.kick_token_end = true;
    c.cancel_pend = true;
}
fn chain(c: &mut Cfg) {
    c.np = 3;
    c.mcap = 1;
    c.n = 3;
    c.par = [9, 0, 1];
    c.sc = [Sc::Par, Sc::Par, Sc::Leaf];
}
fn two(c: &mut Cfg) {
    c.np = 3;
    c.mcap = 1;
    c.n = 3;
    c.par = [9, 0, 0];
    c.sc = [Sc::Par, Sc::Leaf, Sc::Leaf];
}
fn b(c: &mut Cfg, crash: u8, zomb: u8, dup: u8) {
    c.crash = crash;
    c.zomb = zomb;
    c.d1 = dup;
}
pub fn all() -> Vec<(Cfg, &'static str)> {
    let mut v: Vec<(Cfg, &'static str)> = vec![];
    // ---- M1
    v.push((m("M1 put, as written, 2 crashes 1 zombie 1 dup", |_| {}), "OK"));
    v.push((
        m("M1 put, as written, + same-identity dup", |c| {
            c.d2 = true;
        }),
        "?",
    ));
    v.push((
        m("M1 put, as written, T0 (redelivery may precede lease expiry)", |c| {
            c.t1 = false;
        }),
        "?",
    ));
    v.push((
        m("M1n as written d2 + sweep", |c| {
            c.d2 = true;
            c.sweep = true;
        }),
        "net heals?",
    ));
    v.push((
        m("M1n as written T0 + sweep", |c| {
            c.t1 = false;
            c.sweep = true;
        }),
        "net heals?",
    ));
    v.push((
        m("M1s drop redelivered launch on parked", |c| {
            c.launch_parked2 = 0;
        }),
        "bug",
    ));
    v.push((
        m("M1s no re-look after park", |c| {
            c.relook = false;
        }),
        "bug",
    ));
    v.push((
        m("M1s consume mark by CAS", |c| {
            c.cas = true;
        }),
        "bug",
    ));
    v.push((
        m("M1s no tail redo", |c| {
            c.redo = 0;
        }),
        "bug",
    ));
    v.push((
        m("M1s tail redo on launch only", |c| {
            c.redo = 1;
        }),
        "?",
    ));
    v.push((
        m("M1s no relaunch on take-over", |c| {
            c.relaunch = false;
        }),
        "bug",
    ));
    v.push((
        m("M1s launch touches parked", |c| {
            c.launch_parked1 = 1;
        }),
        "OK?",
    ));
    // single fixes under d2 and T0
    v.push((
        m("M1f d2: fenced gives back only", |c| {
            c.d2 = true;
            b(c, 1, 1, 1);
            c.fenced_back = true;
        }),
        "?",
    ));
    v.push((
        m("M1f d2: fenced+wake give back", |c| {
            c.d2 = true;
            b(c, 1, 1, 1);
            c.fenced_back = true;
            c.wake_leased = 1;
        }),
        "?",
    ));
    v.push((
        m("M1f d2: fenced+wake+launch1 give back", |c| {
            c.d2 = true;
            b(c, 1, 1, 1);
            c.fenced_back = true;
            c.wake_leased = 1;
            c.launch_parked1 = 2;
        }),
        "?",
    ));
    v.push((
        m("M1f d2: fenced+wake back, launch1 leases", |c| {
            c.d2 = true;
            b(c, 1, 1, 1);
            c.fenced_back = true;
            c.wake_leased = 1;
            c.launch_parked1 = 1;
        }),
        "?",
    ));
    v.push((
        m("M1f T0: wake gives back", |c| {
            c.t1 = false;
            c.wake_leased = 1;
        }),
        "?",
    ));
    v.push((
        m("M1f T0: wake rc>1 gives back", |c| {
            c.t1 = false;
            c.wake_leased = 2;
        }),
        "?",
    ));
    v.push((
        m("M1f all fixes, d2, T0", |c| {
            fix(c);
            c.d2 = true;
            c.t1 = false;
        }),
        "OK",
    ));
    v.push((
        m("M1f fixes but wake_leased=2 (rc>1), d2, T0", |c| {
            fix(c);
            c.wake_leased = 2;
            b(c, 1, 1, 1);
            c.d2 = true;
            c.t1 = false;
        }),
        "?",
    ));
    v.push((
        m("M1a all fixes + park arms a message, d2", |c| {
            fix(c);
            c.arm = true;
            c.np = 3;
            c.mcap = 1;
            b(c, 1, 0, 1);
            c.d2 = true;
        }),
        "OK?",
    ));
    v.push((
        m("M1a all fixes + park arms a message, d2, 1 zombie", |c| {
            fix(c);
            c.arm = true;
            c.np = 3;
            c.mcap = 1;
            b(c, 1, 1, 1);
            c.d2 = true;
        }),
        "OK?",
    ));
    v.push((
        m("M1a as written + park arms a message, d2", |c| {
            c.arm = true;
            c.np = 3;
            c.mcap = 1;
            b(c, 1, 0, 1);
            c.d2 = true;
        }),
        "?",
    ));
    v.push((
        m("M1a as written + park arms a message, T0", |c| {
            c.arm = true;
            c.np = 3;
            c.mcap = 1;
            b(c, 1, 0, 1);
            c.t1 = false;
        }),
        "?",
    ));
    v.push((
        m("M1a fixes but timer dropped when leased, arms, d2", |c| {
            fix(c);
            c.kick_leased = 0;
            c.arm = true;
            c.np = 3;
            c.mcap = 1;
            b(c, 1, 0, 1);
            c.d2 = true;
        }),
        "?",
    ));
    v.push((
        m("M1b all fixes + sweep, d2", |c| {
            fix(c);
            c.sweep = true;
            c.np = 3;
            c.mcap = 1;
            b(c, 1, 1, 1);
            c.d2 = true;
        }),
        "OK?",
    ));
    v.push((
        m("M1b as written + sweep, d2, small", |c| {
            c.sweep = true;
            c.np = 3;
            c.mcap = 1;
            b(c, 1, 1, 1);
            c.d2 = true;
        }),
        "OK?",
    ));
    v.push((
        m("M1b as written + sweep, T0, small", |c| {
            c.sweep = true;
            c.np = 3;
            c.mcap = 1;
            b(c, 1, 1, 1);
            c.t1 = false;
        }),
        "OK?",
    ));
    v.push((
        m("M1x park arms, without: none", |c| {
            fix(c);
            c.arm = true;
            c.np = 3;
            c.mcap = 1;
            b(c, 1, 0, 1);
            c.d2 = true;
            c.t1 = false;
        }),
        "?",
    ));
    v.push((
        m("M1x no arming, without: none", |c| {
            fix(c);
            c.arm = false;
            c.np = 3;
            c.mcap = 1;
            b(c, 1, 0, 1);
            c.d2 = true;
            c.t1 = false;
        }),
        "?",
    ));
    v.push((
        m("M1x park arms, without: fenced deletes", |c| {
            fix(c);
            c.arm = true;
            c.np = 3;
            c.mcap = 1;
            b(c, 1, 0, 1);
            c.d2 = true;
            c.t1 = false;
            c.fenced_back = false;
        }),
        "?",
    ));
    v.push((
        m("M1x no arming, without: fenced deletes", |c| {
            fix(c);
            c.arm = false;
            c.np = 3;
            c.mcap = 1;
            b(c, 1, 0, 1);
            c.d2 = true;
            c.t1 = false;
            c.fenced_back = false;
        }),
        "?",
    ));
    v.push((
        m("M1x park arms, without: wake dropped when leased", |c| {
            fix(c);
            c.arm = true;
            c.np = 3;
            c.mcap = 1;
            b(c, 1, 0, 1);
            c.d2 = true;
            c.t1 = false;
            c.wake_leased = 0;
        }),
        "?",
    ));
    v.push((
        m("M1x no arming, without: wake dropped when leased", |c| {
            fix(c);
            c.arm = false;
            c.np = 3;
            c.mcap = 1;
            b(c, 1, 0, 1);
            c.d2 = true;
            c.t1 = false;
            c.wake_leased = 0;
        }),
        "?",
    ));
    v.push((
        m("M1x park arms, without: wake given back only at rc>1", |c| {
            fix(c);
            c.arm = true;
            c.np = 3;
            c.mcap = 1;
            b(c, 1, 0, 1);
            c.d2 = true;
            c.t1 = false;
            c.wake_leased = 2;
        }),
        "?",
    ));
    v.push((
        m("M1x no arming, without: wake given back only at rc>1", |c| {
            fix(c);
            c.arm = false;
            c.np = 3;
            c.mcap = 1;
            b(c, 1, 0, 1);
            c.d2 = true;
            c.t1 = false;
            c.wake_leased = 2;
        }),
        "?",
    ));
    v.push((
        m("M1x park arms, without: timer dropped when leased", |c| {
            fix(c);
            c.arm = true;
            c.np = 3;
            c.mcap = 1;
            b(c, 1, 0, 1);
            c.d2 = true;
            c.t1 = false;
            c.kick_leased = 0;
        }),
        "?",
    ));
    v.push((
        m("M1x no arming, without: timer dropped when leased", |c| {
            fix(c);
            c.arm = false;
            c.np = 3;
            c.mcap = 1;
            b(c, 1, 0, 1);
            c.d2 = true;
            c.t1 = false;
            c.kick_leased = 0;
        }),
        "?",
    ));
    v.push((
        m("M1x park arms, without: launch rc1 dropped on parked", |c| {
            fix(c);
            c.arm = true;
            c.np = 3;
            c.mcap = 1;
            b(c, 1, 0, 1);
            c.d2 = true;
            c.t1 = false;
            c.launch_parked1 = 0;
        }),
        "?",
    ));
    v.push((
        m("M1x no arming, without: launch rc1 dropped on parked", |c| {
            fix(c);
            c.arm = false;
            c.np = 3;
            c.mcap = 1;
            b(c, 1, 0, 1);
            c.d2 = true;
            c.t1 = false;
            c.launch_parked1 = 0;
        }),
        "?",
    ));
    v.push((
        m("M1x park arms, without: launch rc1 leases parked", |c| {
            fix(c);
            c.arm = true;
            c.np = 3;
            c.mcap = 1;
            b(c, 1, 0, 1);
            c.d2 = true;
            c.t1 = false;
            c.launch_parked1 = 1;
        }),
        "?",
    ));
    v.push((
        m("M1x no arming, without: launch rc1 leases parked", |c| {
            fix(c);
            c.arm = false;
            c.np = 3;
            c.mcap = 1;
            b(c, 1, 0, 1);
            c.d2 = true;
            c.t1 = false;
            c.launch_parked1 = 1;
        }),
        "?",
    ));
    // ---- M2
    v.push((
        m("M2 chain 1c 0z 0d as written", |c| {
            chain(c);
            b(c, 1, 0, 0);
        }),
        "OK",
    ));
    v.push((
        m("M2 chain 1c 1z 0d as written", |c| {
            chain(c);
            b(c, 1, 1, 0);
        }),
        "OK",
    ));
    v.push((
        m("M2 chain 2c 0z 0d as written", |c| {
            chain(c);
            b(c, 2, 0, 0);
        }),
        "OK",
    ));
    v.push((
        m("M2 chain 1c 0z 1d as written", |c| {
            chain(c);
            b(c, 1, 0, 1);
        }),
        "OK",
    ));
    v.push((
        m("M2 two 1c 0z 0d as written", |c| {
            two(c);
            b(c, 1, 0, 0);
        }),
        "OK",
    ));
    v.push((
        m("M2 two 2c 0z 0d as written", |c| {
            two(c);
            b(c, 2, 0, 0);
        }),
        "OK",
    ));
    v.push((
        m("M2 two 1c 0z 1d as written", |c| {
            two(c);
            b(c, 1, 0, 1);
        }),
        "OK",
    ));
    v.push((
        m("M2 seq 1c 1z 0d as written", |c| {
            two(c);
            c.sc[0] = Sc::Seq;
            b(c, 1, 1, 0);
        }),
        "OK",
    ));
    v.push((
        m("M2 seq 2c 0z 1d as written", |c| {
            two(c);
            c.sc[0] = Sc::Seq;
            b(c, 2, 0, 1);
        }),
        "OK",
    ));
    v.push((
        m("M2s chain tail redo on launch only", |c| {
            chain(c);
            c.redo = 1;
            b(c, 1, 0, 0);
        }),
        "bug?",
    ));
    v.push((
        m("M2f chain fixed 1c 0z 1d d2 T0", |c| {
            chain(c);
            fix(c);
            b(c, 1, 0, 1);
            c.d2 = true;
            c.t1 = false;
        }),
        "OK",
    ));
    v.push((
        m("M2f two fixed 1c 0z 1d d2 T0", |c| {
            two(c);
            fix(c);
            b(c, 1, 0, 1);
            c.d2 = true;
            c.t1 = false;
        }),
        "OK",
    ));
    v.push((
        m("M2f seq fixed, but no park arms (R2), 1c 1z 1d d2 T0", |c| {
            two(c);
            c.sc[0] = Sc::Seq;
            fix(c);
            b(c, 1, 1, 1);
            c.d2 = true;
            c.t1 = false;
        }),
        "bug",
    ));
    // ---- M3 / M4
    for born in [false, true] {
        let t = if born { "M4" } else { "M3" };
        let f = |n: &str, g: &dyn Fn(&mut Cfg)| {
            let mut c = Cfg::base(&format!("{} {}", t, n));
            c.born = born;
            c.np = 3;
            c.mcap = 1;
            b(&mut c, 1, 0, 0);
            c.sc[1] = Sc::Forever;
            g(&mut c);
            c
        };
        if born {
            v.push((
                f("born start/wait/end, as written", &|c| {
                    c.sc[1] = Sc::Leaf;
                    b(c, 2, 1, 1);
                }),
                "OK",
            ));
            v.push((
                f("born start/wait/end, fixed, but no park arms (R2), d2 T0", &|c| {
                    c.sc[1] = Sc::Leaf;
                    fix(c);
                    b(c, 1, 1, 1);
                    c.d2 = true;
                    c.t1 = false;
                }),
                "bug",
            ));
            v.push((
                f("s born drop redelivered launch on parked", &|c| {
                    c.sc[1] = Sc::Leaf;
                    b(c, 1, 0, 0);
                    c.launch_parked2 = 0;
                }),
                "bug",
            ));
        }
        for (pn, pol) in [("terminate", Pol::Terminate), ("reqcancel", Pol::ReqCancel)] {
            v.push((
                f(&format!("stop {} as written, 0 crash", pn), &|c| {
                    c.stops = vec![0];
                    c.pol[1] = pol;
                    b(c, 0, 0, 0);
                    c.tail_nt = 0;
                }),
                "?",
            ));
            for nt in 0..3u8 {
                v.push((
                    f(
                        &format!(
                            "stop {} as written, tail on live {}",
                            pn,
                            ["dropped", "given back", "finishes the stop"][nt as usize]
                        ),
                        &|c| {
                            c.stops = vec![0];
                            c.pol[1] = pol;
                            c.tail_nt = nt;
                        },
                    ),
                    "?",
                ));
            }
            v.push((
                f(&format!("stop {} tail finishes, fenced gives back", pn), &|c| {
                    c.stops = vec![0];
                    c.pol[1] = pol;
                    c.tail_nt = 2;
                    c.fenced_back = true;
                }),
                "?",
            ));
            v.push((
                f(&format!("stop {} leaf child, tail finishes", pn), &|c| {
                    c.sc[1] = Sc::Leaf;
                    c.stops = vec![0];
                    c.pol[1] = pol;
                    c.tail_nt = 2;
                }),
                "?",
            ));
            v.push((
                f(&format!("stop {} leaf child, tail finishes, fenced gives back", pn), &|c| {
                    c.sc[1] = Sc::Leaf;
                    c.stops = vec![0];
                    c.pol[1] = pol;
                    c.tail_nt = 2;
                    c.fenced_back = true;
                }),
                "?",
            ));
            v.push((
                f(&format!("stop {} leaf child, tail finishes, fenced and leased give back", pn), &|c| {
                    c.sc[1] = Sc::Leaf;
                    c.stops = vec![0];
                    c.pol[1] = pol;
                    c.tail_nt = 2;
                    c.fenced_back = true;
                    c.wake_leased = 1;
                    c.kick_leased = 1;
                }),
                "?",
            ));
            v.push((
                f(&format!("stop {} message first + cancel of unstarted child is its end", pn), &|c| {
                    c.stops = vec![0];
                    c.pol[1] = pol;
                    c.tail_nt = 2;
                    c.stop_first = true;
                    c.cancel_pend = true;
                }),
                "?",
            ));
            v.push((
                f(&format!("stop {} message first but tail given back while live", pn), &|c| {
                    c.stops = vec![0];
                    c.pol[1] = pol;
                    c.tail_nt = 1;
                    c.stop_first = true;
                }),
                "?",
            ));
            v.push((
                f(&format!("stop {} message first, 1 dup", pn), &|c| {
                    c.stops = vec![0];
                    c.pol[1] = pol;
                    c.tail_nt = 2;
                    c.stop_first = true;
                    b(c, 0, 0, 1);
                }),
                "?",
            ));
            v.push((
                f(&format!("stop {} message first only", pn), &|c| {
                    c.stops = vec![0];
                    c.pol[1] = pol;
                    c.tail_nt = 2;
                    c.stop_first = true;
                }),
                "?",
            ));
            v.push((
                f(&format!("stop {} message first, lease taken too", pn), &|c| {
                    c.stops = vec![0];
                    c.pol[1] = pol;
                    c.tail_nt = 2;
                    c.stop_first = true;
                    c.take_lease = 1;
                }),
                "?",
            ));
            v.push((
                f(&format!("stop {} fixed 1c 1z 0d T0", pn), &|c| {
                    c.stops = vec![0];
                    c.pol[1] = pol;
                    fix(c);
                    b(c, 1, 1, 0);
                    c.t1 = false;
                }),
                "OK",
            ));
            v.push((
                f(&format!("stop {} fixed, leaf child 1c 1z 0d T0", pn), &|c| {
                    c.stops = vec![0];
                    c.sc[1] = Sc::Leaf;
                    c.pol[1] = pol;
                    fix(c);
                    b(c, 1, 1, 0);
                    c.t1 = false;
                }),
                "OK",
            ));
            v.push((
                f(&format!("s stop {} heads only", pn), &|c| {
                    c.stops = vec![0];
                    c.pol[1] = pol;
                    c.stop_first = true;
                    c.tail_nt = 2;
                    b(c, 0, 0, 0);
                    c.heads_only = true;
                }),
                "bug",
            ));
            v.push((
                f(&format!("s stop {} reads intents without taking the epoch", pn), &|c| {
                    c.stops = vec![0];
                    c.pol[1] = pol;
                    fix(c);
                    b(c, 0, 0, 0);
                    c.stop_noepoch = true;
                }),
                "bug",
            ));
            v.push((
                f(&format!("stop {} fixed, terminal write before children", pn), &|c| {
                    c.stops = vec![0];
                    c.pol[1] = pol;
                    fix(c);
                    c.stop_order_term_first = true;
                    b(c, 1, 0, 0);
                }),
                "?",
            ));
            v.push((
                f(&format!("stop {} segment journal, position is the only fence", pn), &|c| {
                    c.stops = vec![0];
                    c.pol[1] = pol;
                    c.stop_first = true;
                    c.tail_nt = 2;
                    b(c, 0, 0, 0);
                    c.seg = true;
                }),
                "bug?",
            ));
            v.push((
                f(&format!("stop {} segment journal, closing segment", pn), &|c| {
                    c.stops = vec![0];
                    c.pol[1] = pol;
                    c.stop_first = true;
                    c.tail_nt = 2;
                    b(c, 0, 1, 0);
                    c.seg = true;
                    c.seg_close = true;
                }),
                "OK?",
            ));
            v.push((
                f(&format!("stop is only a message {}", pn), &|c| {
                    c.stopmsgs = vec![0];
                    c.pol[1] = pol;
                    fix(c);
                    b(c, 1, 1, 0);
                }),
                "OK?",
            ));
            v.push((
                f(&format!("stop is only a message {} with dup d2 T0", pn), &|c| {
                    c.stopmsgs = vec![0];
                    c.pol[1] = pol;
                    fix(c);
                    b(c, 1, 0, 1);
                    c.d2 = true;
                    c.t1 = false;
                }),
                "OK?",
            ));
            v.push((
                f(&format!("cancel is only a message {}", pn), &|c| {
                    c.stopmsgs = vec![0];
                    c.cancelmsg = true;
                    c.pol[1] = pol;
                    fix(c);
                    b(c, 1, 1, 0);
                }),
                "OK?",
            ));
            v.push((
                f(&format!("cancel of parent {} as written", pn), &|c| {
                    c.cancels = vec![0];
                    c.pol[1] = pol;
                }),
                "?",
            ));
            v.push((
                f(&format!("cancel of parent {} 0 crash", pn), &|c| {
                    c.cancels = vec![0];
                    c.pol[1] = pol;
                    b(c, 0, 0, 1);
                }),
                "?",
            ));
            v.push((
                f(&format!("cancel of parent {} own inbox not re-looked", pn), &|c| {
                    c.cancels = vec![0];
                    c.pol[1] = pol;
                    c.relook_inbox = false;
                    b(c, 0, 0, 0);
                }),
                "bug",
            ));
            v.push((
                f(&format!("detached child, own end {} as written", pn), &|c| {
                    c.sc[0] = Sc::Detach;
                    c.pol[1] = pol;
                    b(c, 2, 1, 0);
                }),
                "?",
            ));
            v.push((
                f(&format!("chain, stop the middle, {} as written (tail finishes)", pn), &|c| {
                    chain(c);
                    c.sc[2] = Sc::Forever;
                    c.stops = vec![1];
                    c.pol[2] = pol;
                    c.tail_nt = 2;
                    b(c, 1, 0, 0);
                }),
                "?",
            ));
            v.push((
                f(&format!("chain, stop the middle, {} fixed", pn), &|c| {
                    chain(c);
                    c.sc[2] = Sc::Forever;
                    c.stops = vec![1];
                    c.pol[2] = pol;
                    fix(c);
                    b(c, 1, 0, 0);
                }),
                "OK?",
            ));
            v.push((
                f(&format!("chain, stop the root, {} fixed", pn), &|c| {
                    chain(c);
                    c.sc[2] = Sc::Forever;
                    c.stops = vec![0];
                    c.pol[1] = pol;
                    c.pol[2] = pol;
                    fix(c);
                    b(c, 1, 0, 0);
                }),
                "OK?",
            ));
        }
        v.push((
            f("abandon, stop, as written (tail finishes)", &|c| {
                c.sc[1] = Sc::Leaf;
                c.stops = vec![0];
                c.pol[1] = Pol::Abandon;
                c.tail_nt = 2;
                c.stop_first = true;
                b(c, 1, 0, 0);
            }),
            "?",
        ));
        v.push((
            f("abandon, stop, message first + relaunch", &|c| {
                c.sc[1] = Sc::Leaf;
                c.stops = vec![0];
                c.pol[1] = Pol::Abandon;
                fix(c);
                b(c, 1, 1, 0);
            }),
            "OK?",
        ));
        v.push((
            f("abandon, detached, own end, as written", &|c| {
                c.sc[0] = Sc::Detach;
                c.sc[1] = Sc::Leaf;
                c.pol[1] = Pol::Abandon;
                b(c, 2, 1, 1);
            }),
            "?",
        ));
        v.push((
            f("abandon, cancel parent, as written", &|c| {
                c.sc[0] = Sc::Detach;
                c.sc[1] = Sc::Leaf;
                c.cancels = vec![0];
                c.pol[1] = Pol::Abandon;
                b(c, 1, 1, 0);
            }),
            "?",
        ));
        v.push((
            f("n stop terminate as written (dropped) + sweep", &|c| {
                c.sc[1] = Sc::Leaf;
                c.stops = vec![0];
                c.sweep = true;
            }),
            "net?",
        ));
        v.push((
            f("n stop terminate as written (dropped) + sweep that looks at the parent", &|c| {
                c.sc[1] = Sc::Leaf;
                c.stops = vec![0];
                c.sweep = true;
                c.sweep_parent = true;
            }),
            "net?",
        ));
        v.push((
            f("n cancel as written + sweep", &|c| {
                c.cancels = vec![0];
                c.pol[1] = Pol::ReqCancel;
                c.sweep = true;
            }),
            "net?",
        ));
        v.push((
            f("n cancel as written + sweep that looks at the parent", &|c| {
                c.cancels = vec![0];
                c.pol[1] = Pol::ReqCancel;
                c.sweep = true;
                c.sweep_parent = true;
            }),
            "net?",
        ));
    }
    // ---- M5
    let h = |n: &str, g: &dyn Fn(&mut Cfg)| {
        let mut c = Cfg::base(&format!("M5 {}", n));
        c.host = true;
        c.np = 3;
        c.mcap = 1;
        c.arm = true;
        b(&mut c, 1, 0, 0);
        g(&mut c);
        c
    };
    v.push((h("tier 2, as written, no timeout", &|_| {}), "?"));
    v.push((
        h("tier 2, as written, 1 zombie 1 dup", &|c| {
            b(c, 1, 1, 1);
        }),
        "?",
    ));
    v.push((
        h("deadline fires, as written", &|c| {
            c.hto = 1;
        }),
        "?",
    ));
    v.push((
        h("deadline fires, kick's token ends the host", &|c| {
            c.hto = 1;
            c.kick_token_end = true;
            c.cancel_pend = true;
        }),
        "OK?",
    ));
    v.push((
        h("host stopped from console, event -> stop, as written", &|c| {
            c.habort = 1;
            c.tail_nt = 2;
        }),
        "?",
    ));
    v.push((
        h("host stopped, event lost", &|c| {
            c.habort = 1;
            c.ev_lost = true;
        }),
        "OK?",
    ));
    v.push((
        h("host stopped + deadline, fixed, 0 crash", &|c| {
            c.habort = 1;
            c.hto = 1;
            fix(c);
            b(c, 0, 0, 0);
        }),
        "OK?",
    ));
    v.push((
        h("host stopped, fixed, 1 crash", &|c| {
            c.habort = 1;
            fix(c);
        }),
        "OK?",
    ));
    v.push((
        h("host fixed d2 T0", &|c| {
            c.hto = 1;
            fix(c);
            b(c, 1, 0, 1);
            c.d2 = true;
            c.t1 = false;
        }),
        "OK?",
    ));
    v.push((
        h("s wake by token, dead token = awake", &|c| {
            c.habort = 1;
            c.ev_lost = true;
            c.tok_wake = true;
            b(c, 0, 0, 0);
        }),
        "bug",
    ));
    v.push((
        h("s launch touches parked, lease clears the token", &|c| {
            c.launch_parked1 = 1;
            c.lease_clears_ht = true;
            b(c, 0, 0, 1);
        }),
        "bug",
    ));
    v.push((
        h("launch touches parked, token kept", &|c| {
            c.launch_parked1 = 1;
            b(c, 1, 0, 1);
        }),
        "OK?",
    ));
    v.push((
        h("s tail redo does not release the host", &|c| {
            c.tail_redo_host = false;
        }),
        "bug",
    ));
    // ---- final rule set, everything armed
    let ff = |n: &str, g: &dyn Fn(&mut Cfg)| {
        let mut c = Cfg::base(&format!("F {}", n));
        c.np = 3;
        c.mcap = 1;
        fix(&mut c);
        c.arm = true;
        c.t2_take = true;
        b(&mut c, 1, 0, 1);
        c.d2 = true;
        c.t1 = false;
        g(&mut c);
        c
    };
    v.push((
        ff("M5 host d2 T0", &|c| {
            c.host = true;
        }),
        "OK",
    ));
    v.push((
        ff("M5 host deadline T0, 0 crash", &|c| {
            c.host = true;
            c.hto = 1;
            b(c, 0, 0, 0);
        }),
        "OK",
    ));
    v.push((
        ff("M5 host deadline, 1 crash, no dup, T0", &|c| {
            c.host = true;
            c.hto = 1;
            b(c, 1, 0, 0);
        }),
        "OK",
    ));
    v.push((
        ff("M5 host stopped -> stop, 1 crash, T0", &|c| {
            c.host = true;
            c.habort = 1;
            b(c, 1, 0, 0);
        }),
        "OK",
    ));
    v.push((
        ff("M5 host stopped, event lost, d2 T0", &|c| {
            c.host = true;
            c.habort = 1;
            c.ev_lost = true;
        }),
        "OK",
    ));
    v.push((
        ff("M4 born start/wait/end d2 T0", &|c| {
            c.born = true;
            b(c, 1, 1, 1);
        }),
        "OK",
    ));
    for (pn, pol) in [("terminate", Pol::Terminate), ("reqcancel", Pol::ReqCancel)] {
        for born in [false, true] {
            v.push((
                ff(&format!("M{} stop message {}", if born { 4 } else { 3 }, pn), &|c| {
                    c.born = born;
                    c.sc[1] = Sc::Forever;
                    c.stopmsgs = vec![0];
                    c.pol[1] = pol;
                    b(c, 1, 0, 0);
                }),
                "OK",
            ));
            v.push((
                ff(&format!("M{} stop message {} dup d2", if born { 4 } else { 3 }, pn), &|c| {
                    c.born = born;
                    c.sc[1] = Sc::Forever;
                    c.stopmsgs = vec![0];
                    c.pol[1] = pol;
                }),
                "OK",
            ));
        }
    }
    v.push((
        ff("M4 abandon, stop message", &|c| {
            c.born = true;
            c.stopmsgs = vec![0];
            c.pol[1] = Pol::Abandon;
            b(c, 1, 1, 0);
        }),
        "OK",
    ));
    for arm in [false, true] {
        let a = if arm { "armed" } else { "not armed" };
        v.push((
            ff(&format!("G M2 seq T0 1c {}", a), &|c| {
                two(c);
                c.sc[0] = Sc::Seq;
                b(c, 1, 0, 0);
                c.arm = arm;
            }),
            "OK",
        ));
        v.push((
            ff(&format!("G M2 chain T0 1c {}", a), &|c| {
                chain(c);
                b(c, 1, 0, 0);
                c.arm = arm;
            }),
            "OK",
        ));
        v.push((
            ff(&format!("G M2 two T0 1c {}", a), &|c| {
                two(c);
                b(c, 1, 0, 0);
                c.arm = arm;
            }),
            "OK",
        ));
        v.push((
            ff(&format!("G M2 chain T0 2c {}", a), &|c| {
                chain(c);
                b(c, 2, 0, 0);
                c.arm = arm;
                c.d2 = false;
            }),
            "OK",
        ));
    }
    v.push((
        ff("M2 seq d2 T0", &|c| {
            two(c);
            c.sc[0] = Sc::Seq;
            b(c, 1, 0, 1);
        }),
        "OK",
    ));
    v.push((
        ff("M2 chain d2 T0", &|c| {
            chain(c);
            b(c, 1, 0, 1);
        }),
        "OK",
    ));
    v.push((
        ff("M2 two d2 T0", &|c| {
            two(c);
            b(c, 1, 0, 1);
        }),
        "OK",
    ));
    v
}
