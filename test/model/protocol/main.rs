//! Explicit-state model of the AWS protocol: executions, processes that run them, messages, and one host. Names of the
//! rules, and what was found, stand in `README.md` beside it. Every DynamoDB or SQS action is one step; a process may
//! crash before every step.
//!
//! An execution that does not end although only fair steps remain is STUCK (no step is left) or in a LIVELOCK.
use std::hash::{Hash, Hasher};
pub const NX: usize = 3; // executions
pub const NP: usize = 4; // live processes (executor invocations, stoppers, cancellers)
pub const NM: usize = 10; // messages
                          // head status
const NONE: u8 = 0;
const PEND: u8 = 1;
const RUN: u8 = 2;
const WAIT: u8 = 3;
const SUCC: u8 = 4;
const CANC: u8 = 5;
const STOP: u8 = 6;
fn term(s: u8) -> bool {
    s >= SUCC
}
// message kinds
const LAUNCH: u16 = 1;
const WAKE: u16 = 2;
const TIMER: u16 = 3;
const KICK: u16 = 4;
const TAIL: u16 = 5;
const STOPM: u16 = 6;
const CANCELM: u16 = 7;
fn kn(k: u16) -> &'static str {
    ["-", "launch", "wake", "timer", "kick", "tail", "stop", "cancel"][k as usize]
}
// scripts
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Sc {
    Leaf,
    Par,
    Seq,
    Detach,
    Forever,
}
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Pol {
    Terminate,
    ReqCancel,
    Abandon,
}
// pcs
const LEASE: u8 = 1;
const LOOK: u8 = 2;
const PUT: u8 = 3;
const SEND: u8 = 4;
const FLUSH: u8 = 5;
const LINGER: u8 = 6;
const PARK: u8 = 7;
const RELOOK: u8 = 8;
const UNPARK: u8 = 9;
const ARM: u8 = 10;
const END: u8 = 11;
const TKID: u8 = 12;
const TKIDR: u8 = 13;
const TKIDW: u8 = 14;
const TPAR: u8 = 15;
const TWAKE: u8 = 16;
const THOST: u8 = 17;
const DONE: u8 = 18;
const SPRE: u8 = 20;
const STAKE: u8 = 21;
const SKID: u8 = 22;
const SKIDR: u8 = 23;
const SKIDW: u8 = 24;
const STAIL: u8 = 25;
const SEND_: u8 = 26;
const CSET: u8 = 30;
const CREAD: u8 = 31;
const CWAKE: u8 = 32;
const TCAS: u8 = 33;
const T2MARK: u8 = 40;
const T2START: u8 = 41;
const SCLOSE: u8 = 42;
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Debug)]
pub struct H {
    st: u8,
    ep: u8,
    lu: u8,
    pt: u8,
    cr: u8,
    ji: u8,
    jr: u8,
    pos: u8,
    ho: u8,
    ht: u8,
    sq: u8,
}
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Debug)]
pub struct P {
    role: u8,
    x: u8,
    pc: u8,
    ep: u8,
    ji: u8,
    jr: u8,
    k: u8,
    fl: u8,
    pos: u8,
    msg: u16,
}
const PL: u8 = 1;
const CR: u8 = 2;
const NEWS: u8 = 4;
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub struct S {
    h: [H; NX],
    p: [P; NP],
    m: [u16; NM],
    crash: u8,
    dup: u8,
    zomb: u8,
    err: u8,
    hs: u8,
    htok: u8,
    habort: u8,
    hto: u8,
    tch: u8,
}
fn mk(kind: u16, t: usize, rc: u16, grp: u16, aux: u16) -> u16 {
    (kind << 12) | ((t as u16) << 10) | (rc << 8) | (grp << 6) | aux
}
fn mkind(m: u16) -> u16 {
    m >> 12
}
fn mt(m: u16) -> usize {
    ((m >> 10) & 3) as usize
}
fn mrc(m: u16) -> u16 {
    (m >> 8) & 3
}
fn mgrp(m: u16) -> u16 {
    (m >> 6) & 3
}
fn maux(m: u16) -> u16 {
    m & 63
}
#[derive(Clone)]
pub struct Cfg {
    name: String,
    n: usize,
    par: [usize; NX],
    sc: [Sc; NX],
    pol: [Pol; NX],
    born: bool,
    crash: u8,
    zomb: u8,
    d1: u8,
    d2: bool,
    t1: bool,
    stops: Vec<usize>,
    stopmsgs: Vec<usize>,
    cancels: Vec<usize>,
    // rules
    launch_parked1: u8, // 0 drop, 1 lease, 2 give back
    launch_parked2: u8, // 1 lease, 0 drop
    wake_leased: u8,    // 0 drop, 1 give back, 2 give back when rc>1
    kick_leased: u8,    // 0 drop 1 give back
    fenced_back: bool,
    redo: u8,
    relaunch: bool,
    relook: bool,
    relook_inbox: bool,
    cas: bool,
    stop_first: bool, // send tail/stop message before taking the epoch
    take_lease: u8,   // 0: ep only; 1: full lease (lu, REMOVE pt)
    tail_nt: u8,      // tail message on non-terminal: 0 drop, 1 give back, 2 finish the stop
    stop_retry: bool,
    heads_only: bool,
    stop_noepoch: bool,
    stop_order_term_first: bool,
    abandon_relaunch: bool,
    abandon_tomb: bool,
    seg: bool,
    seg_close: bool,
    sticky: bool,
    refuse_cr: bool,
    kick_token_end: bool,
    arm: bool,
    sweep: bool,
    sweep_parent: bool,
    host: bool,
    hto: u8,
    habort: u8,
    tok_wake: bool,
    lease_clears_ht: bool,
    tail_redo_host: bool,
    t2_check: bool,
    ignore: u8,
    cap: usize,
    np: usize,
    mcap: u8,
    ev_lost: bool,
    t2_take: bool,
    cancel_pend: bool,
    cancelmsg: bool,
}
pub type L = (&'static str, u8, u8);
impl Cfg {
    fn base(name: &str) -> Cfg {
        Cfg {
            name: name.into(),
            n: 2,
            par: [9, 0, 1],
            sc: [Sc::Par, Sc::Leaf, Sc::Leaf],
            pol: [Pol::Terminate; NX],
            born: false,
            crash: 2,
            zomb: 1,
            d1: 1,
            d2: false,
            t1: true,
            stops: vec![],
            stopmsgs: vec![],
            cancels: vec![],
            launch_parked1: 0,
            launch_parked2: 1,
            wake_leased: 0,
            kick_leased: 0,
            fenced_back: false,
            redo: 2,
            relaunch: true,
            relook: true,
            relook_inbox: true,
            cas: false,
            stop_first: false,
            take_lease: 0,
            tail_nt: 0,
            stop_retry: true,
            heads_only: false,
            stop_noepoch: false,
            stop_order_term_first: false,
            abandon_relaunch: false,
            abandon_tomb: false,
            seg: false,
            seg_close: false,
            sticky: false,
            refuse_cr: true,
            kick_token_end: false,
            arm: false,
            sweep: false,
            sweep_parent: false,
            host: false,
            hto: 0,
            habort: 0,
            tok_wake: false,
            lease_clears_ht: false,
            tail_redo_host: true,
            t2_check: true,
            ignore: 0,
            cap: 12_000_000,
            np: 4,
            mcap: 2,
            ev_lost: false,
            t2_take: false,
            cancel_pend: false,
            cancelmsg: false,
        }
    }
    fn kidx(&self, x: usize, k: usize) -> usize {
        let mut c = 0;
        for i in 0..self.n {
            if self.par[i] == x {
                if c == k {
                    return i;
                }
                c += 1;
            }
        }
        99
    }
    fn nk(&self, x: usize) -> usize {
        (0..self.n).filter(|&c| self.par[c] == x).count()
    }
    fn all(&self, x: usize) -> u8 {
        (1u8 << self.nk(x)) - 1
    }
}
fn jr(j: u8, k: usize) -> u8 {
    (j >> (2 * k)) & 3
}
fn send(s: &mut S, m: u16) {
    // multiplicity capped at 2
    let c = s.m.iter().filter(|&&q| q == m).count();
    if c >= 2 {
        return;
    }
    for q in s.m.iter_mut() {
        if *q == 0 {
            *q = m;
            return;
        }
    }
    s.err = 9;
}
fn send1(s: &mut S, m: u16) {
    if s.m.iter().any(|&q| mkind(q) == mkind(m) && mt(q) == mt(m) && mgrp(q) == 0) {
        return;
    }
    send(s, m)
}
fn delete(s: &mut S, i: usize) {
    let m = s.p[i].msg;
    s.p[i] = P::default();
    let g = mgrp(m);
    if m != 0 && g != 0 {
        for q in s.m.iter_mut() {
            if *q != 0 && mgrp(*q) == g {
                *q = 0
            }
        }
        for p in s.p.iter_mut() {
            if p.msg != 0 && mgrp(p.msg) == g {
                p.msg = 0
            }
        }
    }
}
fn giveback(s: &mut S, i: usize, crash: bool) {
    let m = s.p[i].msg;
    s.p[i] = P::default();
    if m != 0 {
        send(s, mk(mkind(m), mt(m), (mrc(m) + 1).min(2), mgrp(m), (maux(m) & 62) | crash as u16))
    }
}
fn canon(s: &mut S) {
    for x in 0..NX {
        // renumber epochs by rank
        let mut v: Vec<u8> = vec![];
        if s.h[x].ep > 0 {
            v.push(s.h[x].ep)
        }
        if s.h[x].pt > 0 {
            v.push(s.h[x].pt)
        }
        for p in &s.p {
            if p.role > 0 && p.x as usize == x && p.ep > 0 {
                v.push(p.ep)
            }
        }
        v.sort();
        v.dedup();
        let r = |e: u8| -> u8 {
            if e == 0 {
                0
            } else {
                v.iter().position(|&q| q == e).unwrap() as u8 + 1
            }
        };
        s.h[x].ep = r(s.h[x].ep);
        s.h[x].pt = r(s.h[x].pt);
        for p in s.p.iter_mut() {
            if p.role > 0 && p.x as usize == x {
                p.ep = r(p.ep)
            }
        }
    }
    s.p.sort_by(|a, b| b.cmp(a));
    s.m.sort_by(|a, b| b.cmp(a));
}
impl Cfg {
    fn init(&self) -> S {
        let mut s = S::default();
        s.crash = self.crash;
        s.dup = self.d1;
        s.zomb = self.zomb;
        s.habort = self.habort;
        s.hto = self.hto;
        s.h[0].st = PEND;
        s.m[0] = mk(LAUNCH, 0, 1, 0, 0);
        let mut i = 0;
        for &x in &self.stops {
            s.p[i] = P { role: 2, x: x as u8, pc: if self.stop_first { SPRE } else { STAKE }, ..Default::default() };
            i += 1
        }
        for &x in &self.stopmsgs {
            send(&mut s, mk(if self.cancelmsg { CANCELM } else { STOPM }, x, 1, 0, 0));
        }
        for &x in &self.cancels {
            s.p[i] = P { role: 3, x: x as u8, pc: CSET, ..Default::default() };
            i += 1
        }
        canon(&mut s);
        s
    }
    fn open(&self, p: &P) -> Vec<usize> {
        (0..self.nk(p.x as usize)).filter(|&k| p.ji >> k & 1 == 1 && jr(p.jr, k) == 0).collect()
    }
    fn next_open(&self, p: &P, from: usize) -> Option<usize> {
        self.open(p).into_iter().find(|&k| k >= from)
    }
    fn decide(&self, p: &mut P) {
        let x = p.x as usize;
        p.k = 0;
        p.fl &= !NEWS;
        if p.fl & CR != 0 {
            p.pc = END;
            return;
        }
        let all = self.all(x);
        p.pc = match self.sc[x] {
            Sc::Leaf => END,
            Sc::Forever => PARK,
            Sc::Par => {
                if p.ji != all {
                    FLUSH
                } else if !self.open(p).is_empty() {
                    LINGER
                } else {
                    END
                }
            }
            Sc::Detach => {
                if p.ji != all {
                    FLUSH
                } else {
                    END
                }
            }
            Sc::Seq => {
                let mut r = END;
                for k in 0..self.nk(x) {
                    if p.ji >> k & 1 == 0 {
                        r = FLUSH;
                        break;
                    }
                    if jr(p.jr, k) == 0 {
                        r = LINGER;
                        break;
                    }
                }
                r
            }
        }
    }
    fn flushmask(&self, p: &P) -> u8 {
        let x = p.x as usize;
        if self.sc[x] == Sc::Seq {
            for k in 0..self.nk(x) {
                if p.ji >> k & 1 == 0 {
                    return 1 << k;
                }
            }
            0
        } else {
            self.all(x)
        }
    }
    fn fenced(&self, s: &mut S, i: usize) {
        if self.fenced_back {
            giveback(s, i, false)
        } else {
            s.p[i].pc = DONE
        }
    }
    fn start_pc(&self, p: &mut P) {
        // after intents: create heads then send
        p.k = 0;
        if self.born {
            p.pc = SEND
        } else {
            match self.next_open(p, 0) {
                Some(k) => {
                    p.pc = PUT;
                    p.k = k as u8
                }
                None => self.decide(p),
            }
        }
        if p.pc == SEND && self.open(p).is_empty() {
            self.decide(p)
        }
    }
    fn tail(&self, p: &mut P) {
        p.k = 0;
        self.tail_from(p, 0)
    }
    fn tail_from(&self, p: &mut P, k: usize) {
        let x = p.x as usize;
        let nx = (k..self.nk(x)).find(|&k| {
            p.ji >> k & 1 == 1
                && jr(p.jr, k) == 0
                && (self.pol[self.kidx(x, k)] != Pol::Abandon || self.abandon_relaunch || self.abandon_tomb)
        });
        match nx {
            Some(k) => {
                p.k = k as u8;
                p.pc = TKID
            }
            None => {
                p.k = 0;
                p.pc = if self.par[x] != 9 {
                    TPAR
                } else if self.host && x == 0 {
                    THOST
                } else {
                    DONE
                }
            }
        }
    }
    fn skid_from(&self, p: &mut P, k: usize) {
        let x = p.x as usize;
        let nx = (k..self.nk(x)).find(|&k| {
            p.ji >> k & 1 == 1
                && jr(p.jr, k) == 0
                && (self.pol[self.kidx(x, k)] != Pol::Abandon || self.abandon_relaunch || self.abandon_tomb)
        });
        match nx {
            Some(k) => {
                p.k = k as u8;
                p.pc = SKID
            }
            None => {
                p.k = 0;
                p.pc = if self.stop_first { SEND_ } else { STAIL }
            }
        }
    }
    fn observe(&self, s: &S, p: &mut P, k: usize) -> bool {
        let c = self.kidx(p.x as usize, k);
        let st = s.h[c].st;
        if term(st) && jr(p.jr, k) == 0 {
            p.jr |= (st - 3) << (2 * k);
            true
        } else {
            false
        }
    }
    fn jwrite(&self, s: &mut S, i: usize) {
        let p = s.p[i];
        let x = p.x as usize;
        for k in 0..self.nk(x) {
            let a = jr(s.h[x].jr, k);
            let b = jr(p.jr, k);
            if a != 0 && b != 0 && a != b {
                s.err = 5
            }
        }
        s.h[x].jr |= p.jr;
    }
    // apply the close policy to child k of x; returns true when a follow-up read is needed
    fn close_kid(&self, s: &mut S, x: usize, k: usize) -> bool {
        let c = self.kidx(x, k);
        match self.pol[c] {
            Pol::Abandon => {
                if self.abandon_tomb && s.h[c].st == NONE {
                    s.h[c].st = STOP
                } else if self.abandon_relaunch {
                    if s.h[c].st == NONE && !self.born {
                        s.h[c].st = PEND
                    }
                    if self.born && s.h[c].st == NONE || s.h[c].st != NONE && s.h[c].ep == 0 && !term(s.h[c].st) {
                        send1(s, mk(LAUNCH, c, 1, 0, 0))
                    }
                }
                false
            }
            Pol::Terminate => {
                if s.h[c].st == NONE {
                    if !self.heads_only {
                        s.h[c].st = STOP
                    }
                } else if !term(s.h[c].st) {
                    send1(s, mk(STOPM, c, 1, 0, 0))
                }
                false
            }
            Pol::ReqCancel => {
                if s.h[c].st == NONE {
                    if !self.heads_only {
                        s.h[c].st = CANC
                    }
                    false
                } else if self.cancel_pend && s.h[c].ep == 0 && !term(s.h[c].st) {
                    s.h[c].st = CANC;
                    false
                } else if !term(s.h[c].st) {
                    s.h[c].cr = 1;
                    true
                } else {
                    false
                }
            }
        }
    }
    fn good(&self, s: &S) -> bool {
        for x in 0..self.n {
            if self.ignore >> x & 1 == 1 {
                continue;
            }
            let st = s.h[x].st;
            if x == 0 && !term(st) {
                return false;
            }
            if st != NONE && !term(st) {
                return false;
            }
            // an awaited or non-abandoned child must not be able to start after its parent's end: messages drain, checked by the rest of the graph
        }
        if self.host && !(s.hs == 0 || s.hs == 4 || s.hs == 5) {
            return false;
        }
        true
    }
    fn inv(&self, s: &S) -> u8 {
        if s.err != 0 {
            return s.err;
        }
        for x in 0..self.n {
            for k in 0..self.nk(x) {
                let r = jr(s.h[x].jr, k);
                let c = self.kidx(x, k);
                if r != 0 && s.h[c].st != r + 3 {
                    return 2;
                }
            }
        }
        0
    }
    fn succ(&self, s: &S, out: &mut Vec<(S, L, bool)>) {
        // deliveries
        let free = if s.p.iter().filter(|p| p.role > 0).count() >= self.np {
            None
        } else {
            s.p.iter().position(|p| p.role == 0)
        };
        let mut last = 0;
        if let Some(f) = free {
            for q in 0..NM {
                let m = s.m[q];
                if m == 0 || m == last {
                    continue;
                }
                last = m;
                let x = mt(m);
                if self.t1
                    && maux(m) & 1 == 1
                    && s.h[x].lu == 1
                    && !s.p.iter().any(|p| p.role > 0 && p.x as usize == x && p.ep == s.h[x].ep && p.ep > 0)
                {
                    continue;
                }
                let mut t = s.clone();
                t.m[q] = 0;
                t.p[f] = P {
                    role: 1,
                    x: x as u8,
                    pc: if mkind(m) == STOPM {
                        STAKE
                    } else if mkind(m) == CANCELM {
                        CSET
                    } else {
                        LEASE
                    },
                    msg: m & !1,
                    ..Default::default()
                };
                out.push((
                    t,
                    (
                        [
                            "",
                            "deliver launch",
                            "deliver wake",
                            "deliver timer",
                            "deliver kick",
                            "deliver tail",
                            "deliver stop",
                            "deliver cancel",
                        ][mkind(m) as usize],
                        x as u8,
                        mrc(m) as u8,
                    ),
                    true,
                ));
            }
        }
        // duplicates
        if s.dup > 0 {
            let mut src: Vec<(bool, usize)> = vec![];
            for q in 0..NM {
                if s.m[q] != 0 && (q == 0 || s.m[q] != s.m[q - 1]) {
                    src.push((true, q))
                }
            }
            for i in 0..NP {
                if s.p[i].msg != 0 {
                    src.push((false, i))
                }
            }
            for (av, q) in src {
                let m = if av { s.m[q] } else { s.p[q].msg };
                {
                    let mut t = s.clone();
                    t.dup -= 1;
                    send(&mut t, mk(mkind(m), mt(m), 1, 0, maux(m) & 62));
                    out.push((t, ("SQS duplicates (independent copy)", mt(m) as u8, mkind(m) as u8), false));
                }
                if self.d2 && mgrp(m) == 0 {
                    for rc in 1..=2 {
                        let mut t = s.clone();
                        t.dup -= 1;
                        let g = t.dup as u16 + 1;
                        let mm = mk(mkind(m), mt(m), mrc(m), g, maux(m));
                        if av {
                            t.m[q] = mm
                        } else {
                            t.p[q].msg = mm
                        }
                        send(&mut t, mk(mkind(m), mt(m), rc, g, maux(m) & 62));
                        out.push((
                            t,
                            ("SQS delivers the same message twice (one identity)", mt(m) as u8, mkind(m) as u8),
                            false,
                        ));
                    }
                }
            }
        }
        // lease expiry
        for x in 0..self.n {
            if s.h[x].lu == 1 {
                let held = s.p.iter().any(|p| p.role > 0 && p.x as usize == x && p.ep == s.h[x].ep && p.ep > 0);
                if !held {
                    let mut t = s.clone();
                    t.h[x].lu = 2;
                    out.push((t, ("lease of dead holder expires", x as u8, 0), true))
                } else if s.zomb > 0 {
                    let mut t = s.clone();
                    t.zomb -= 1;
                    t.h[x].lu = 2;
                    out.push((t, ("lease of slow holder expires", x as u8, 0), false))
                }
            }
        }
        // sweep
        if self.sweep {
            for x in 0..self.n {
                let h = s.h[x];
                if h.st != NONE
                    && !term(h.st)
                    && h.lu != 1
                    && !s.p.iter().any(|p| p.role > 0 && p.x as usize == x)
                    && !s.m.iter().any(|&m| m != 0 && mt(m) == x)
                    && !(self.sc[x] == Sc::Forever && h.st == WAIT && !self.sweep_parent && h.cr == 0)
                {
                    let mut t = s.clone();
                    send1(&mut t, mk(KICK, x, 1, 0, 0));
                    out.push((t, ("sweep sends kick", x as u8, 0), true))
                }
            }
        }
        // host
        if self.host {
            match s.hs {
                1 => {
                    let mut t = s.clone();
                    if term(t.h[0].st) {
                        t.hs = 4;
                        out.push((t, ("host: Park condition fails -> Gone", 0, 0), true))
                    } else {
                        t.hs = 2;
                        t.h[0].ht = 1;
                        t.htok = 1;
                        out.push((t, ("host: Park stores token", 0, 0), true))
                    }
                }
                2 | 3 => {
                    // timeout; in Kick the sweep timeout is fair (it is the net)
                    let quiet = self.t2_take
                        && s.h[0].lu != 1
                        && !s.p.iter().any(|p| p.role > 0 && p.x == 0)
                        && !s.m.iter().any(|&m| m != 0 && mt(m) == 0);
                    if s.hto > 0 || s.hs == 3 || quiet {
                        let mut t = s.clone();
                        let adv = s.hs == 2;
                        if adv {
                            t.hto = t.hto.saturating_sub(1)
                        }
                        t.hs = 3;
                        t.htok = if s.htok == 2 { 3 } else { 2 }; // a new token, alternating names 2/3
                        let busy = t.m.iter().any(|&m| mkind(m) == KICK && maux(m) >> 1 == s.htok as u16);
                        if !busy || adv {
                            let mm = mk(KICK, 0, 1, 0, (t.htok as u16) << 1);
                            send(&mut t, mm);
                            out.push((
                                t,
                                (
                                    if adv {
                                        "host: deadline -> Kick state, kick message with new token"
                                    } else {
                                        "host: sweep timeout -> Kick again, new token"
                                    },
                                    0,
                                    0,
                                ),
                                !adv || true,
                            ))
                        }
                    }
                }
                _ => {}
            }
            if s.habort > 0 && (s.hs == 1 || s.hs == 2 || s.hs == 3) {
                let mut t = s.clone();
                t.habort -= 1;
                t.hs = 5;
                if !self.ev_lost {
                    send(&mut t, mk(STOPM, 0, 1, 0, 0));
                }
                out.push((t, ("host stopped from the console -> event -> stop message", 0, 0), false))
            }
        }
        for i in 0..NP {
            if s.p[i].role == 0 || (i > 0 && s.p[i] == s.p[i - 1]) {
                continue;
            }
            if s.crash > 0
                && !(s.p[i].role >= 2
                    && (s.p[i].pc == CSET || (s.p[i].pc == SPRE) || (s.p[i].pc == STAKE && !self.stop_first)))
            {
                let mut t = s.clone();
                t.crash -= 1;
                let x = s.p[i].x;
                let pc = s.p[i].pc;
                giveback(&mut t, i, true);
                out.push((t, ("CRASH", x, pc), false))
            }
            self.step(s, i, out);
        }
        for (t, _, _) in out.iter_mut() {
            if t.crash == 0 && !self.d2 {
                for i in 0..NP {
                    if t.p[i].role > 0 && t.p[i].pc == DONE {
                        delete(t, i)
                    }
                }
            }
            canon(t);
            if self.mcap == 1 {
                let mut ch = false;
                for q in 1..NM {
                    if t.m[q] != 0 && mgrp(t.m[q]) == 0 && (0..q).any(|w| t.m[w] == t.m[q]) {
                        t.m[q] = 0;
                        ch = true
                    }
                }
                if ch {
                    canon(t)
                }
            }
        }
    }
    fn step(&self, s: &S, i: usize, out: &mut Vec<(S, L, bool)>) {
        let mut t = s.clone();
        let p = s.p[i];
        let x = p.x as usize;
        let h = s.h[x];
        let mine = h.ep == p.ep;
        let k = p.k as usize;
        let l;
        match p.pc {
            LEASE => {
                let kd = mkind(p.msg);
                let rc = mrc(p.msg);
                if p.msg == 0 { // its message was deleted by a twin: the invocation goes on anyway as a normal one; kind unknown -> treat as wake
                }
                if h.st == NONE && !(self.born && kd == LAUNCH) {
                    t.p[i].pc = DONE;
                    l = "no head: drop"
                } else if term(h.st) {
                    let redo = self.redo == 2 || (self.redo == 1 && kd == LAUNCH) || kd == TAIL;
                    if kd == KICK && maux(p.msg) >> 1 > 0 && self.kick_token_end {
                        t.h[0].ht = (maux(p.msg) >> 1) as u8
                    }
                    if redo {
                        t.p[i].ji = h.ji;
                        t.p[i].jr = h.jr;
                        self.tail(&mut t.p[i]);
                        l = "refused, terminal: redo the tail"
                    } else {
                        t.p[i].pc = DONE;
                        l = "refused, terminal: drop"
                    }
                } else if kd == TAIL {
                    match self.tail_nt {
                        0 => {
                            t.p[i].pc = DONE;
                            l = "tail on a live execution: drop"
                        }
                        1 => {
                            giveback(&mut t, i, false);
                            l = "tail on a live execution: give back"
                        }
                        _ => {
                            t.p[i].pc = STAKE;
                            l = "tail on a live execution: finish the stop"
                        }
                    }
                } else if h.lu == 1 {
                    let gb = match kd {
                        LAUNCH => true,
                        WAKE => self.wake_leased == 1 || (self.wake_leased == 2 && rc > 1),
                        _ => self.kick_leased == 1,
                    };
                    if gb {
                        giveback(&mut t, i, false);
                        l = "refused, leased: give back"
                    } else {
                        t.p[i].pc = DONE;
                        l = "refused, leased: drop"
                    }
                } else if kd == LAUNCH
                    && h.lu == 0
                    && h.pt != 0
                    && h.ep > 0
                    && (if rc == 1 { self.launch_parked1 != 1 } else { self.launch_parked2 == 0 })
                {
                    if rc == 1 && self.launch_parked1 == 2 {
                        giveback(&mut t, i, false);
                        l = "launch rc1 on parked: give back"
                    } else {
                        t.p[i].pc = DONE;
                        l = "launch on parked: drop"
                    }
                } else if kd == TIMER
                    && self.host
                    && x == 0
                    && self.t2_check
                    && h.ho == 0
                    && (h.pt != 0 || !self.t2_take)
                {
                    if h.pt != 0 {
                        t.p[i].pc = T2MARK;
                        t.p[i].ep = h.pt;
                        l = "tier 2: reads head, still parked"
                    } else {
                        t.p[i].pc = DONE;
                        l = "tier 2: not parked, drop"
                    }
                } else {
                    let pl = h.lu == 2;
                    let hh = &mut t.h[x];
                    if self.born && hh.st == NONE {
                        hh.ji = 0;
                    }
                    hh.ep += 1;
                    hh.lu = 1;
                    hh.st = RUN;
                    hh.pt = 0;
                    if self.lease_clears_ht {
                        hh.ht = 0;
                    }
                    if kd == KICK && maux(p.msg) >> 1 > 0 {
                        hh.ht = (maux(p.msg) >> 1) as u8
                    }
                    let hh = t.h[x];
                    let q = &mut t.p[i];
                    q.ep = hh.ep;
                    q.ji = hh.ji;
                    q.jr = hh.jr;
                    q.pos = hh.pos;
                    q.fl = (pl as u8) | if hh.cr != 0 { CR } else { 0 };
                    if self.sweep_parent
                        && kd == KICK
                        && self.par[x] != 9
                        && term(s.h[self.par[x]].st)
                        && self.pol[x] == Pol::Terminate
                    {
                        q.pc = STAKE;
                        q.ep = 0;
                        out.push((t, ("kick: parent has ended, stops itself", x as u8, i as u8), true));
                        return;
                    }
                    if self.sweep_parent
                        && kd == KICK
                        && self.par[x] != 9
                        && term(s.h[self.par[x]].st)
                        && self.pol[x] == Pol::ReqCancel
                    {
                        q.fl |= CR
                    }
                    if self.seg && hh.pos == 9 {
                        q.pc = STAKE;
                        q.ep = 0
                    } else if self.sticky && hh.sq != 0 {
                        q.pc = SKID;
                        self.skid_from(q, 0);
                    } else if let Some(k) = self.next_open(q, 0) {
                        q.pc = LOOK;
                        q.k = k as u8
                    } else if pl && self.relaunch {
                        self.start_pc(q)
                    } else {
                        self.decide(q)
                    }
                    l = if pl { "takes over the lease (pl>0)" } else { "takes the lease" }
                }
            }
            LOOK => {
                let mut q = p;
                self.observe(s, &mut q, k);
                match self.next_open(&q, k + 1) {
                    Some(k) => q.k = k as u8,
                    None => {
                        if q.fl & PL != 0 && self.relaunch {
                            self.start_pc(&mut q)
                        } else {
                            self.decide(&mut q)
                        }
                    }
                }
                t.p[i] = q;
                l = "strong read of open child"
            }
            FLUSH => {
                let ok = if self.seg { h.pos == p.pos } else { mine && !(self.refuse_cr && h.cr != 0) };
                if ok {
                    let m = self.flushmask(&p);
                    t.h[x].ji |= m;
                    self.jwrite(&mut t, i);
                    if self.seg {
                        t.h[x].pos += 1;
                        t.p[i].pos += 1
                    }
                    t.p[i].ji |= m;
                    self.start_pc(&mut t.p[i]);
                    l = "flushes child intents"
                } else if !self.seg && mine {
                    t.p[i].fl |= CR;
                    self.decide(&mut t.p[i]);
                    l = "flush refused: cancel requested"
                } else {
                    self.fenced(&mut t, i);
                    l = "flush refused: fenced"
                }
            }
            PUT => {
                let c = self.kidx(x, k);
                if t.h[c].st == NONE {
                    t.h[c].st = PEND;
                    l = "Put of child head"
                } else {
                    l = "Put of child head refused (exists)"
                }
                let mut q = p;
                match self.next_open(&q, k + 1) {
                    Some(k) => q.k = k as u8,
                    None => {
                        q.k = 0;
                        q.pc = SEND
                    }
                }
                t.p[i] = q;
            }
            SEND => {
                for k in self.open(&p) {
                    let c = self.kidx(x, k);
                    send(&mut t, mk(LAUNCH, c, 1, 0, 0))
                }
                t.p[i].fl &= !PL;
                self.decide(&mut t.p[i]);
                l = "sends child launches"
            }
            LINGER => {
                // option 1: park
                let mut u = s.clone();
                u.p[i].pc = PARK;
                out.push((u, ("linger over, goes to park", x as u8, i as u8), true));
                let mut q = p;
                let mut any = false;
                for k in self.open(&p) {
                    any |= self.observe(s, &mut q, k)
                }
                if !any {
                    return;
                }
                self.decide(&mut q);
                t.p[i] = q;
                l = "linger: sees child's end"
            }
            PARK => {
                if mine {
                    let hh = &mut t.h[x];
                    hh.pt = hh.ep;
                    hh.lu = 0;
                    hh.st = WAIT;
                    self.jwrite(&mut t, i);
                    let q = &mut t.p[i];
                    if !self.relook {
                        q.pc = if self.arm { ARM } else { DONE }
                    } else {
                        q.k = 0;
                        q.pc = RELOOK;
                        match self.next_open(&p, 0) {
                            Some(k) => q.k = k as u8,
                            None => q.k = 9,
                        }
                    }
                    l = "parks"
                } else {
                    self.fenced(&mut t, i);
                    l = "park refused: fenced"
                }
            }
            RELOOK => {
                let mut q = p;
                if k == 9 {
                    if self.relook_inbox && h.cr != 0 {
                        q.fl |= NEWS
                    }
                } else if self.observe(s, &mut q, k) {
                    q.fl |= NEWS
                }
                let nk = if k == 9 {
                    None
                } else {
                    match self.next_open(&q, k + 1) {
                        Some(k) => Some(k),
                        None => Some(9),
                    }
                };
                match nk {
                    Some(k) => q.k = k as u8,
                    None => {
                        q.k = 0;
                        q.pc = if q.fl & NEWS != 0 {
                            UNPARK
                        } else if self.arm {
                            ARM
                        } else {
                            DONE
                        }
                    }
                }
                t.p[i] = q;
                l = if k == 9 { "re-look: own inbox" } else { "re-look: strong read of child" }
            }
            UNPARK => {
                if mine && h.pt == p.ep {
                    t.h[x].lu = 1;
                    t.h[x].pt = 0;
                    t.h[x].st = RUN;
                    if h.cr != 0 {
                        t.p[i].fl |= CR
                    }
                    self.decide(&mut t.p[i]);
                    l = "unparks"
                } else {
                    self.fenced(&mut t, i);
                    l = "unpark refused: leaves"
                }
            }
            ARM => {
                send1(&mut t, mk(TIMER, x, 1, 0, 0));
                t.p[i].pc = DONE;
                l = "arms timer / still-parked message"
            }
            END => {
                if mine {
                    if term(h.st) {
                        t.err = 4
                    }
                    t.h[x].st = if p.fl & CR != 0 { CANC } else { SUCC };
                    t.h[x].lu = 0;
                    t.h[x].pt = 0;
                    self.jwrite(&mut t, i);
                    if p.fl & CR == 0 && (self.sc[x] == Sc::Par || self.sc[x] == Sc::Seq) {
                        for k in 0..self.nk(x) {
                            if jr(p.jr, k) == 0 {
                                t.err = 6
                            }
                        }
                    }
                    self.tail(&mut t.p[i]);
                    l = "writes its end"
                } else {
                    self.fenced(&mut t, i);
                    l = "end refused: fenced"
                }
            }
            TKID => {
                if self.close_kid(&mut t, x, k) {
                    t.p[i].pc = TKIDR
                } else {
                    self.tail_from(&mut t.p[i], k + 1)
                }
                l = "tail: close policy on child"
            }
            TKIDR => {
                let c = self.kidx(x, k);
                if s.h[c].pt != 0 {
                    t.p[i].pc = TKIDW
                } else {
                    self.tail_from(&mut t.p[i], k + 1)
                }
                l = "tail: reads child's mark"
            }
            TKIDW => {
                let c = self.kidx(x, k);
                send(&mut t, mk(WAKE, c, 1, 0, 0));
                self.tail_from(&mut t.p[i], k + 1);
                l = "tail: wakes cancelled child"
            }
            TPAR => {
                let c = self.par[x];
                let dn = if self.host && x == 0 { THOST } else { DONE };
                if s.h[c].pt != 0 && !term(s.h[c].st) {
                    t.p[i].pc = if self.cas { TCAS } else { TWAKE }
                } else {
                    t.p[i].pc = dn
                }
                l = "tail: strong read of parent's mark"
            }
            TCAS => {
                let c = self.par[x];
                if s.h[c].pt != 0 {
                    t.h[c].pt = 0;
                    t.p[i].pc = TWAKE
                } else {
                    t.p[i].pc = DONE
                }
                l = "tail: consumes the mark by CAS"
            }
            TWAKE => {
                let c = self.par[x];
                if self.tok_wake && c == 0 && s.h[0].ho != 0 && s.h[0].ht != 0 {
                    if s.hs == 2 {
                        t.hs = 3;
                        t.htok = 2;
                        send(&mut t, mk(KICK, 0, 1, 0, 2 << 1));
                    }
                    l = "tail: wakes the parent by its host token (dead token = awake)"
                } else {
                    send(&mut t, mk(WAKE, c, 1, 0, 0));
                    l = "tail: sends wake to parent"
                }
                t.p[i].pc = DONE
            }
            THOST => {
                if !self.tail_redo_host && p.ep == 0 {
                    t.p[i].pc = DONE;
                    out.push((t, ("tail redo skips host", 0, 0), true));
                    return;
                }
                if s.h[0].ht != 0 && s.htok == s.h[0].ht && (s.hs == 2 || s.hs == 3) {
                    t.hs = 4
                }
                t.p[i].pc = DONE;
                l = "tail: SendTaskSuccess(ht)"
            }
            T2MARK => {
                if h.pt == p.ep && h.pt != 0 && h.ho == 0 {
                    t.h[0].ho = 1;
                    t.p[i].pc = T2START
                } else if self.t2_take && h.ho == 0 && !term(h.st) {
                    giveback(&mut t, i, false)
                } else {
                    t.p[i].pc = if h.ho != 0 && !term(h.st) { T2START } else { DONE }
                }
                l = "tier 2: marks host opened IF still this park"
            }
            T2START => {
                if s.hs == 0 {
                    t.hs = 1
                }
                t.p[i].pc = DONE;
                l = "tier 2: StartExecution of host"
            }
            DONE => {
                delete(&mut t, i);
                l = "finished, deletes its message"
            }
            // stopper
            SPRE => {
                send1(&mut t, mk(if self.tail_nt == 2 { STOPM } else { TAIL }, x, 1, 0, 0));
                t.p[i].pc = STAKE;
                l = "stopper: sends stop message first"
            }
            STAKE => {
                if h.st == NONE {
                    if p.role == 1 {
                        t.h[x].st = STOP;
                        self.tail(&mut t.p[i])
                    } else {
                        t.p[i].pc = DONE
                    }
                    l = "stopper: head missing"
                } else if term(h.st) {
                    if p.role == 1 {
                        t.p[i].ji = h.ji;
                        t.p[i].jr = h.jr;
                        self.tail(&mut t.p[i])
                    } else {
                        t.p[i].pc = DONE
                    }
                    l = "stopper: already terminal"
                } else {
                    let hh = &mut t.h[x];
                    if !self.stop_noepoch {
                        hh.ep += 1
                    }
                    if self.sticky {
                        hh.sq = 1
                    }
                    if self.take_lease == 1 {
                        hh.lu = 1;
                        hh.pt = 0;
                        hh.st = RUN
                    }
                    let hh = t.h[x];
                    let q = &mut t.p[i];
                    q.ep = hh.ep;
                    q.ji = hh.ji;
                    q.jr = hh.jr;
                    q.pos = hh.pos;
                    if self.seg && self.seg_close {
                        q.pc = SCLOSE
                    } else if self.stop_order_term_first {
                        q.pc = SEND_
                    } else {
                        self.skid_from(q, 0)
                    }
                    l = "stopper: takes the epoch, reads intents"
                }
            }
            SCLOSE => {
                if h.pos == p.pos {
                    t.h[x].pos = 9;
                    self.skid_from(&mut t.p[i], 0);
                    l = "stopper: writes closing segment"
                } else {
                    t.p[i].pos = h.pos;
                    t.p[i].ji = h.ji;
                    t.p[i].jr = h.jr;
                    if h.pos == 9 {
                        self.skid_from(&mut t.p[i], 0)
                    }
                    l = "stopper: closing segment refused, reads journal again"
                }
            }
            SKID => {
                if self.close_kid(&mut t, x, k) {
                    t.p[i].pc = SKIDR
                } else {
                    self.skid_from(&mut t.p[i], k + 1)
                }
                l = "stopper: tombstone / close policy on child"
            }
            SKIDR => {
                let c = self.kidx(x, k);
                if s.h[c].pt != 0 {
                    t.p[i].pc = SKIDW
                } else {
                    self.skid_from(&mut t.p[i], k + 1)
                }
                l = "stopper: reads child's mark"
            }
            SKIDW => {
                let c = self.kidx(x, k);
                send(&mut t, mk(WAKE, c, 1, 0, 0));
                self.skid_from(&mut t.p[i], k + 1);
                l = "stopper: wakes cancelled child"
            }
            STAIL => {
                send1(&mut t, mk(TAIL, x, 1, 0, 0));
                t.p[i].pc = SEND_;
                l = "stopper: sends tail message"
            }
            SEND_ => {
                if mine || self.stop_noepoch && !term(h.st) {
                    if term(h.st) {
                        t.err = 4
                    }
                    t.h[x].st = STOP;
                    t.h[x].lu = 0;
                    t.h[x].pt = 0;
                    if self.stop_order_term_first {
                        t.p[i].ji = h.ji;
                        t.p[i].jr = h.jr;
                        self.tail(&mut t.p[i])
                    } else {
                        self.tail_from(&mut t.p[i], 9)
                    }
                    l = "stopper: terminal write"
                } else if self.stop_retry {
                    t.p[i].pc = STAKE;
                    t.p[i].ep = 0;
                    l = "stopper: terminal write refused, again"
                } else {
                    t.p[i].pc = DONE;
                    l = "stopper: terminal write refused, leaves"
                }
            }
            CSET => {
                if h.st != NONE && !term(h.st) {
                    t.h[x].cr = 1;
                    t.p[i].pc = CREAD
                } else {
                    t.p[i].pc = DONE
                }
                l = "canceller: sets cancelRequested"
            }
            CREAD => {
                if h.pt != 0 {
                    t.p[i].pc = CWAKE
                } else {
                    t.p[i].pc = DONE
                }
                l = "canceller: reads mark"
            }
            CWAKE => {
                send(&mut t, mk(WAKE, x, 1, 0, 0));
                t.p[i].pc = DONE;
                l = "canceller: sends wake"
            }
            _ => panic!("pc {}", p.pc),
        }
        out.push((t, (l, x as u8, i as u8), true));
    }
}
// ---- engine -------------------------------------------------------------
fn hsh(s: &S) -> u64 {
    let mut h = Fx(0);
    s.hash(&mut h);
    h.finish()
}
struct Fx(u64);
impl Hasher for Fx {
    fn finish(&self) -> u64 {
        let mut x = self.0;
        x ^= x >> 32;
        x = x.wrapping_mul(0x9E3779B97F4A7C15);
        x ^ (x >> 29)
    }
    fn write(&mut self, b: &[u8]) {
        for c in b.chunks(8) {
            let mut a = [0u8; 8];
            a[..c.len()].copy_from_slice(c);
            self.add(u64::from_le_bytes(a))
        }
    }
    fn write_u8(&mut self, i: u8) {
        self.add(i as u64)
    }
    fn write_u16(&mut self, i: u16) {
        self.add(i as u64)
    }
    fn write_usize(&mut self, i: usize) {
        self.add(i as u64)
    }
}
impl Fx {
    fn add(&mut self, v: u64) {
        self.0 = (self.0.rotate_left(5) ^ v).wrapping_mul(0x517cc1b727220a95)
    }
}
pub struct Res {
    pub states: usize,
    pub complete: bool,
    pub viol: Option<(String, Vec<String>)>,
    pub stuck: usize,
    pub secs: f64,
}
pub fn check(c: &Cfg) -> Res {
    let t0 = std::time::Instant::now();
    let mut st: Vec<S> = vec![];
    let mut par: Vec<u32> = vec![];
    let mut tab: Vec<u32> = vec![u32::MAX; 1 << 20];
    let mut goodv: Vec<bool> = vec![];
    let mut es: Vec<u32> = vec![];
    let mut eo: Vec<u32> = vec![0];
    let mut complete = true;
    let mut bad: Option<(String, usize)> = None;
    let add = |s: S, pr: u32, st: &mut Vec<S>, par: &mut Vec<u32>, tab: &mut Vec<u32>| -> (u32, bool) {
        if st.len() * 2 > tab.len() {
            let n = tab.len() * 2;
            let mut nt = vec![u32::MAX; n];
            for (i, q) in st.iter().enumerate() {
                let mut h = hsh(q) as usize & (n - 1);
                while nt[h] != u32::MAX {
                    h = (h + 1) & (n - 1)
                }
                nt[h] = i as u32
            }
            *tab = nt
        }
        let n = tab.len();
        let mut h = hsh(&s) as usize & (n - 1);
        loop {
            let v = tab[h];
            if v == u32::MAX {
                tab[h] = st.len() as u32;
                st.push(s);
                par.push(pr);
                return (st.len() as u32 - 1, true);
            }
            if st[v as usize] == s {
                return (v, false);
            }
            h = (h + 1) & (n - 1)
        }
    };
    add(c.init(), u32::MAX, &mut st, &mut par, &mut tab);
    let mut i = 0;
    let mut out = vec![];
    while i < st.len() {
        if st.len() > c.cap {
            complete = false;
            break;
        }
        let s = st[i].clone();
        let e = c.inv(&s);
        goodv.push(c.good(&s));
        if e != 0 {
            bad = Some((
                format!(
                    "SAFETY {}",
                    [
                        "",
                        "",
                        "journalled result differs from the child's end",
                        "abandoned child touched",
                        "terminal overwritten",
                        "result journalled twice, differently",
                        "succeeded without all results",
                        "",
                        "",
                        "BOUND: too many messages"
                    ][e as usize]
                ),
                i,
            ));
            break;
        }
        out.clear();
        c.succ(&s, &mut out);
        for (t, _, fair) in out.drain(..) {
            let (j, _) = add(t, i as u32, &mut st, &mut par, &mut tab);
            if fair {
                es.push(j)
            }
        }
        eo.push(es.len() as u32);
        if eo[i] == eo[i + 1] && !goodv[i] {
            bad = Some(("STUCK: nothing in flight, not ended".into(), i));
            break;
        }
        i += 1;
    }
    let mut stuck = 0;
    if bad.is_none() && complete {
        // backward reachability of good over fair edges
        let n = st.len();
        let mut cnt = vec![0u32; n + 1];
        for &j in &es {
            cnt[j as usize + 1] += 1
        }
        for k in 0..n {
            cnt[k + 1] += cnt[k]
        }
        let mut rev = vec![0u32; es.len()];
        let mut pos = cnt.clone();
        for a in 0..n {
            for e in eo[a] as usize..eo[a + 1] as usize {
                let j = es[e] as usize;
                rev[pos[j] as usize] = a as u32;
                pos[j] += 1
            }
        }
        let mut ok = goodv.clone();
        let mut q: Vec<u32> = (0..n as u32).filter(|&a| ok[a as usize]).collect();
        while let Some(j) = q.pop() {
            for e in cnt[j as usize] as usize..cnt[j as usize + 1] as usize {
                let a = rev[e] as usize;
                if !ok[a] {
                    ok[a] = true;
                    q.push(a as u32)
                }
            }
        }
        stuck = ok.iter().filter(|&&b| !b).count();
        // prefer a truly dead state (no fair move) for a readable trace
        let dead = (0..n).find(|&a| !ok[a] && eo[a] == eo[a + 1]);
        let first = dead.or((0..n).find(|&a| !ok[a]));
        if let Some(a) = first {
            bad = Some((
                if eo[a] == eo[a + 1] {
                    "STUCK: nothing in flight, not ended".into()
                } else {
                    "LIVELOCK: no fair path to the end".into()
                },
                a,
            ))
        }
        // a good state must not be left towards a bad one: good is re-evaluated at every state, so nothing more to do
    }
    let viol = bad.map(|(w, a)| {
        let mut chain = vec![];
        let mut b = a as u32;
        while b != u32::MAX {
            chain.push(b);
            b = par[b as usize]
        }
        chain.reverse();
        let mut tr = vec![];
        let mut o = vec![];
        for w in chain.windows(2) {
            o.clear();
            c.succ(&st[w[0] as usize], &mut o);
            let tgt = &st[w[1] as usize];
            let l = o.iter().find(|q| &q.0 == tgt).map(|q| q.1).unwrap();
            let who = if l.0 == "CRASH" {
                format!("x{} CRASH of invocation about to do pc {}", l.1, pcn(l.2))
            } else if l.0.starts_with("deliver") {
                format!("x{} {} (receive count {})", l.1, l.0, l.2)
            } else if l.0.starts_with("SQS") {
                format!("{}: {} {{x{}}}", l.0, kn(l.2 as u16), l.1)
            } else {
                format!("x{} {}", l.1, l.0)
            };
            tr.push(who)
        }
        tr.push(format!(
            "   => heads {}  msgs {:?}  host {}",
            (0..c.n)
                .map(|x| {
                    let h = st[a].h[x];
                    format!(
                        "x{}[{} ep{} lu{} pt{} cr{} ji{:b} jr{:b} ht{}]",
                        x,
                        ["none", "PEND", "RUN", "WAIT", "SUCC", "CANC", "STOP"][h.st as usize],
                        h.ep,
                        h.lu,
                        h.pt,
                        h.cr,
                        h.ji,
                        h.jr,
                        h.ht
                    )
                })
                .collect::<Vec<_>>()
                .join(" "),
            st[a]
                .m
                .iter()
                .filter(|&&m| m != 0)
                .map(|&m| format!("{}{{x{}}}rc{}", kn(mkind(m)), mt(m), mrc(m)))
                .collect::<Vec<_>>(),
            st[a].hs
        ));
        (w, tr)
    });
    Res { states: st.len(), complete, viol, stuck, secs: t0.elapsed().as_secs_f64() }
}
fn pcn(p: u8) -> &'static str {
    match p {
        LEASE => "lease",
        LOOK => "look",
        PUT => "put child",
        SEND => "send launches",
        FLUSH => "flush",
        LINGER => "linger",
        PARK => "park",
        RELOOK => "re-look",
        UNPARK => "unpark",
        ARM => "arm",
        END => "end",
        TKID => "tail:close child",
        TKIDR => "tail:read child mark",
        TKIDW => "tail:wake child",
        TPAR => "tail:read parent mark",
        TWAKE => "tail:send wake",
        TCAS => "tail:cas",
        THOST => "tail:release host",
        DONE => "delete message",
        STAKE => "stop:take epoch",
        SKID => "stop:close child",
        SKIDR => "stop:read child mark",
        SKIDW => "stop:wake child",
        STAIL => "stop:send tail",
        SEND_ => "stop:terminal write",
        CREAD => "cancel:read mark",
        CWAKE => "cancel:send wake",
        T2MARK => "tier2:mark",
        T2START => "tier2:StartExecution",
        SCLOSE => "stop:closing segment",
        _ => "?",
    }
}
mod runs;
/// `protocol [part of a name] [-q] [--most STATES]`: `-q` shows no traces.
fn main() -> std::process::ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let most = args.iter().position(|arg| arg == "--most").map(|at| args[at + 1].parse().expect("a number of states"));
    let name = args.first().filter(|arg| !arg.starts_with('-')).cloned().unwrap_or_default();
    let quiet = args.iter().any(|arg| arg == "-q");
    let mut wrong = 0;
    for (mut c, expect) in runs::all() {
        if !c.name.contains(&name) {
            continue;
        }
        c.cap = most.unwrap_or(c.cap).min(c.cap);
        let r = check(&c);
        let is_wrong = match expect {
            "OK" => r.viol.is_some(),
            "bug" => r.viol.is_none(),
            _ => false,
        };
        let verdict = match &r.viol {
            Some((what, _)) => what.as_str(),
            None if r.complete => "OK",
            None => "not all states seen, no violation in those",
        };
        println!(
            "{:<60} {:>9} states {:>6.1} s  {verdict}  [expected: {expect}{}]",
            c.name,
            r.states,
            r.secs,
            if is_wrong { "; NOT AS EXPECTED" } else { "" },
        );
        if let (Some((_, trace)), true) = (&r.viol, is_wrong || !quiet) {
            for (at, step) in trace.iter().enumerate() {
                println!("    {:>2}. {step}", at + 1)
            }
        }
        wrong += is_wrong as usize;
    }
    std::process::ExitCode::from((wrong > 0) as u8)
}
