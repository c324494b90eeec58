/* One coordination window of one wallet (coordination.md sections 6 to 10): safety under any network, and, with
   -DTOGETHER, what the premises of L1 promise. README.md says what is abstracted and why that is sound. */

#include "group.pml"

/* Digests are bits. FIRST and SECOND are valid actions. NOTHING is a no-op. WRONG breaks a rule of class I. */
#define FIRST 1
#define SECOND 2
#define NOTHING 4
#define WRONG 8

/* Phases. Without TOGETHER the active phase is one step: slots only restrict honest operators, and restrict nothing
   that safety needs. */
#define COUNTING 4        /* begin has come: accepts are counted, operator by operator */
#define OVER 5

#ifdef TOGETHER
#define LAST_SLOT 2
#define VALID (FIRST | SECOND | NOTHING)
#else
#define LAST_SLOT 0
#define VALID (FIRST | SECOND)
#endif
#define VOTING (LAST_SLOT + 1)

/* A claim is checked only where it is asked for, so that a mutant shows which one it breaks. */
#ifdef CHECK_S2
#define claimS2(condition) assert(condition)
#else
#define claimS2(condition) skip
#endif
#ifdef CHECK_S3
#define claimS3(condition) assert(condition)
#else
#define claimS3(condition) skip
#endif
#ifdef CHECK_S4
#define claimS4(condition) assert(condition)
#else
#define claimS4(condition) skip
#endif
#ifdef CHECK_S5
#define claimS5(condition) assert(condition)
#else
#define claimS5(condition) skip
#endif
#ifdef CHECK_S6
#define claimS6(condition) assert(condition)
#else
#define claimS6(condition) skip
#endif
#ifdef CHECK_VOID
#define claimVoid(condition) assert(condition)
#else
#define claimVoid(condition) skip
#endif
#ifdef PROBE
#define PROBED(name, condition) assert(PROBE != name || !(condition))
#else
#define PROBED(name, condition) skip
#endif
/* What the probes look for: each must be found. */
#define BY_RESERVE 1
#define RECOVERED 2
#define EQUIVOCATION 3
#define IMPERSONATION 4
#define STOPPED 5
#define MISTAKE 6
#define LEFT_OPEN 7
#define VOTED_NOTHING 8
#define WITH_LIAR 9

byte phase = 0;
byte turn = 0;

/* On disk. */
byte stored[OPERATORS];   /* the one digest accepted */
byte agreed = 0;          /* the digests that any honest operator handed over, to the dispatcher's disk */

/* In memory: a crash forgets it. */
byte chosen[OPERATORS];
byte heard[OPERATORS * (PLACES + 1)]; /* per receiver and place: the digests proposed; the last place is nobody's */

/* On the wire: signed, and there for ever. A liar has signed everything. */
byte proposed[OPERATORS];
byte accepted[OPERATORS];

#define said(i) (proposed[i] | accepted[i]) /* a proposal is its sender's accept */
#define heardBy(me, place) heard[(me) * (PLACES + 1) + (place)]
#define knows(me, place, digest) ((heardBy(me, place) & (digest)) && !several(heardBy(me, place)))

#ifdef TOGETHER
byte shown[PLACES];       /* what a liar placed before the first honest proposer has proposed */
byte first = NOBODY;      /* the first honest proposer */
byte finished = 0;        /* how many handed an action over, or agreed to a no-op */
byte honestCount = 0;
#endif
#ifdef PROBE
byte crashedWith[OPERATORS];
#endif

/* A fault is final; provisional ones are decided again where they are made (README.md). */
inline blame(culprit) {
#ifdef MUTANT_BLAME
    claimS5(!honest(accuser))
#else
    claimS5(!honest(culprit))
#endif
}

/* A fault of filters 6, 8 and 10 as our own view shows it, and whether the final chain bears it out. */
inline blameProvisionally(culprit, final) {
    if
#ifdef MUTANT_PROVISIONAL
    :: true -> blame(culprit)
#else
    :: final -> blame(culprit)
    :: !(final)
#endif
    fi
}

/* Whether a proposal of this digest by `from` can reach somebody now. */
#ifdef TOGETHER
#define slotBegun(place) (phase >= (place) || (place) >= PLACES)
/* The premise on liars placed before the first honest proposer. */
#ifdef LITERAL
#define mayShow(from, digest) ((from) > first || shown[from] == 0 || shown[from] == (digest))
#else
#ifdef NARROW
#define mayShow(from, digest) ((from) > first || (phase == (from) && ((digest) == WRONG \
    || (shown[from] & VALID) == 0 || (shown[from] & VALID) == (digest))))
#else
#define mayShow(from, digest) ((from) > first || (phase == (from) && (shown[from] == 0 || shown[from] == (digest))))
#endif
#endif
#define remember(from, digest) if :: !honest(from) && (from) < first -> shown[from] = shown[from] | (digest) :: else fi
#else
#define slotBegun(place) true
#define mayShow(from, digest) true
#define remember(from, digest) skip
#endif
#define canArrive(from, digest) ((honest(from) && (proposed[from] & (digest))) \
    || (!honest(from) && mayShow(from, digest)))

/* Filters 5 to 10 for a proposal, once filters 1 to 4 let it through: a liar cannot sign for another. */
inline receive(from, digest) {
    accuser = me;
    if
    :: from >= PLACES ->                                  /* filter 6 */
#ifdef MUTANT_SKIP_6
        heardBy(me, PLACES) = heardBy(me, PLACES) | digest
#else
        PROBED(IMPERSONATION, true);
        blameProvisionally(from, true)
#endif
    :: else ->
        remember(from, digest);
#ifndef MUTANT_SKIP_9
        if
        :: heardBy(me, from) && !(heardBy(me, from) & digest) -> /* filter 9 */
            PROBED(EQUIVOCATION, true);
            blame(from)
        :: else
        fi;
#endif
        heardBy(me, from) = heardBy(me, from) | digest;
#ifndef TOGETHER
        if                                                /* void, or never to be accepted: alike from here on */
        :: several(heardBy(me, from)) || digest == WRONG -> heardBy(me, from) = VALID
        :: else
        fi;
#endif
        if
        :: digest == WRONG -> PROBED(MISTAKE, true); blameProvisionally(from, true) /* filter 10, class I */
        :: else
#ifndef TOGETHER
        /* A fork of ours shows another election, or a valid proposal as invalid; the final chain does not. */
        :: digest != WRONG -> blameProvisionally(from, false)
#endif
        fi
    fi
}

/* Proposals are heard until we have chosen: what comes later is counted or evidence, and both come in `conclude`. */
#ifdef MUTANT_TWICE
#define listens (!several(said(me)))
#else
#define listens (chosen[me] == 0)
#endif

#define arrives(from, digest) (OPERATORS > (from) && (from) != me && listens && phase <= LAST_SLOT \
    && slotBegun(from) && canArrive(from, digest) \
    && !(heard[me * (PLACES + 1) + ((from) < PLACES -> (from) : PLACES)] & (digest)) \
    && !several(heard[me * (PLACES + 1) + ((from) < PLACES -> (from) : PLACES)]))

#define acceptable(digest) (knows(me, 0, digest) || knows(me, 1, digest) || knows(me, 2, digest) \
    || knows(me, PLACES, digest))

#ifdef TOGETHER
/* The first valid one in order; a no-op may be left in the leader's slot, where our own search found something. */
#define valid(place) ((heardBy(me, place) & VALID) && !several(heardBy(me, place)))
#define best (valid(0) -> heardBy(me, 0) : (valid(1) -> heardBy(me, 1) : (valid(2) -> heardBy(me, 2) : \
    (valid(PLACES) -> heardBy(me, PLACES) : 0))))
#define mayChoose(digest) (best == (digest) && phase <= VOTING)
#define mayGenerate (me < PLACES && phase == me && best == 0)
#else
/* More than the rule allows: any valid one heard of. */
#define mayChoose(digest) (acceptable(digest) && phase <= LAST_SLOT)
#define mayGenerate (me < PLACES && phase <= LAST_SLOT)
#endif

#ifdef MUTANT_WRITE_LATE
#define mayBeSent chosen[me]
#else
#define mayBeSent stored[me]
#endif

inline choose(digest) {
    chosen[me] = digest;
#ifndef MUTANT_TWICE
    forgetHeard()
#endif
}

inline forgetHeard() {
    heardBy(me, 0) = 0; heardBy(me, 1) = 0; heardBy(me, 2) = 0; heardBy(me, PLACES) = 0
}

/* Down and up again: what is on disk comes back. Being down longer is sending and hearing nothing for a while. */
inline crash() {
#ifdef MUTANT_FORGET
    stored[me] = 0;
#endif
    chosen[me] = stored[me];
#ifdef PROBE
    crashedWith[me] = stored[me];
#endif
    forgetHeard()
}

/* How many seats stand for our digest, of what we have heard; a void operator stands for none. */
inline countSupport() {
    support = 0; i = 0;
    do
    :: i < OPERATORS ->
        if
#ifdef MUTANT_SKIP_9
        :: (ballots[i] & counted) -> support = support + seats(i)
#else
        :: ballots[i] == counted -> support = support + seats(i)
#endif
        :: else
        fi;
        i++
    :: else -> break
    od;
    i = 0
}

/* The claim `void`: those who stand for our digest without having signed another, whatever our filters did. */
inline countClean() {
    clean = 0; i = 0;
    do
    :: i < OPERATORS ->
        if
        :: ballots[i] == counted -> clean = clean + seats(i)
        :: else
        fi;
        i++
    :: else -> break
    od;
    i = 0
}

/* What the others signed comes: all of it from the honest (that some of it does not come is a choice of `conclude`),
   and from a liar whatever it likes. */
inline hear() {
    i = 0;
    do
    :: i < OPERATORS ->
        if
        :: i == me -> ballots[i] = stored[i]
        :: i != me && honest(i) ->
            if
            :: ballots[i] = said(i)
            :: several(said(i)) -> ballots[i] = ballots[i] | (said(i) & counted) /* only where a mutant said two */
            fi;
            if
            :: several(ballots[i]) -> accuser = me; blame(i)
            :: else
            fi
        :: i != me && !honest(i) ->
            if
            :: ballots[i] != VALID && ballots[i] != counted
            :: ballots[i] = ballots[i] | counted
            :: ballots[i] != VALID -> ballots[i] = VALID
            fi
        fi;
        i++
    :: else -> break
    od;
    i = 0
}

inline handOver() {
    countClean();
    claimVoid(clean >= AGREEMENT);
    claimS6(!concluded);
    claimS3(stored[me] == counted);
    agreed = agreed | counted;
    claimS4(!several(agreed));
    handed = true;
#ifdef TOGETHER
    PROBED(BY_RESERVE, first > 0);
#else
    PROBED(BY_RESERVE, honest(0) && said(0) == 0);
#endif
    PROBED(WITH_LIAR, lying != 0);
    PROBED(VOTED_NOTHING, counted == NOTHING);
#ifdef PROBE
    PROBED(RECOVERED, crashedWith[me] != 0);
#endif
#ifdef TOGETHER
    finished++
#endif
}

/* From begin to the end of the grace, and a little beyond. Nobody waits for our counting, so operators count one after
   another. */
inline conclude() {
    counted = stored[me];
#ifdef MUTANT_UNACCEPTED
    if
    :: counted = FIRST
    :: counted = SECOND
    fi;
#endif
    hear();
    countSupport();
    if
#ifdef MUTANT_UNAGREED
    :: counted -> handOver()
#else
    :: counted && support >= AGREEMENT -> handOver()
#endif
#ifndef TOGETHER
    :: true                                          /* not complete by the end of the grace, or not heard so */
#endif
    :: counted == 0 || support < AGREEMENT -> PROBED(LEFT_OPEN, true)
    fi;
    concluded = true;
#ifndef TOGETHER
    if
    :: counted ->
        hear();                                      /* filter 5: from here on accepts are evidence only */
        countSupport();
        if
        :: handed && support < AGREEMENT -> PROBED(STOPPED, true); handed = false
#ifdef MUTANT_SKIP_5
        :: !handed && support >= AGREEMENT -> handOver()
#endif
        :: else
        fi;
        if
        :: handed -> countClean(); claimVoid(clean >= AGREEMENT)
        :: else
        fi
    :: else
    fi;
#endif
    i = 0;
    do
    :: i < OPERATORS -> ballots[i] = 0; i++
    :: else -> break
    od;
    i = 0; support = 0; clean = 0; counted = 0; concluded = false; handed = false
}

proctype Operator(byte me) {
    byte ballots[OPERATORS];
    byte i = 0, support = 0, clean = 0, counted = 0, accuser = 0;
    bool concluded = false, handed = false;

end:
    do
    :: atomic { arrives(0, FIRST) -> receive(0, FIRST) }
    :: atomic { arrives(0, SECOND) -> receive(0, SECOND) }
    :: atomic { arrives(0, WRONG) -> receive(0, WRONG) }
    :: atomic { arrives(1, FIRST) -> receive(1, FIRST) }
    :: atomic { arrives(1, SECOND) -> receive(1, SECOND) }
    :: atomic { arrives(1, WRONG) -> receive(1, WRONG) }
    :: atomic { arrives(2, FIRST) -> receive(2, FIRST) }
    :: atomic { arrives(2, SECOND) -> receive(2, SECOND) }
    :: atomic { arrives(2, WRONG) -> receive(2, WRONG) }
#ifdef TOGETHER
    :: atomic { arrives(0, NOTHING) -> receive(0, NOTHING) }
    :: atomic { arrives(1, NOTHING) -> receive(1, NOTHING) }
    :: atomic { arrives(2, NOTHING) -> receive(2, NOTHING) }
#endif
#if !defined(TOGETHER) || defined(MUTANT_SKIP_6)
    /* Nobody beyond the places may propose. What filter 6 drops changes nothing, so L1, which counts on no message
       being repeated for ever, leaves it out. */
    :: atomic { !honest(3) && arrives(3, FIRST) -> receive(3, FIRST) }
    :: atomic { !honest(3) && arrives(3, SECOND) -> receive(3, SECOND) }
#endif

    :: atomic { listens && mayChoose(FIRST) -> choose(FIRST) }
    :: atomic { listens && mayChoose(SECOND) -> choose(SECOND) }
    :: atomic { chosen[me] == 0 && mayGenerate -> choose(FIRST) }
    :: atomic { chosen[me] == 0 && mayGenerate -> choose(SECOND) }
#ifdef TOGETHER
    :: atomic { listens && mayChoose(NOTHING) -> choose(NOTHING) }
    :: atomic { chosen[me] == 0 && mayGenerate -> choose(NOTHING) }
#endif
#ifdef REORG
    /* Our own head was on a fork on which a proposal is valid that the final chain refuses. */
    :: atomic { chosen[me] == 0 && mayGenerate -> choose(WRONG) }
#endif

    /* The choice is on disk before it is sent. */
    :: atomic { phase < COUNTING && chosen[me] && stored[me] != chosen[me] -> stored[me] = chosen[me] }
    :: atomic {
        phase < COUNTING && mayBeSent && !(said(me) & mayBeSent) ->
            accepted[me] = accepted[me] | mayBeSent; claimS2(!several(said(me)))
    }
    :: atomic {
        me < PLACES && phase <= LAST_SLOT && slotBegun(me) && mayBeSent && !(proposed[me] & mayBeSent) ->
            proposed[me] = proposed[me] | mayBeSent; accepted[me] = accepted[me] & ~mayBeSent;
            claimS2(!several(said(me)))
    }
#ifndef TOGETHER
    :: atomic { phase < COUNTING -> crash() }
#endif

    :: atomic { phase == COUNTING && turn == me -> conclude(); turn++ }
    od
}

#ifdef TOGETHER
/* Within a slot everything among the honest is delivered and done: it takes 2 blocks, and a slot has more. */
#define waitsFor(i, from) (honest(from) && proposed[from] && heardBy(i, from) == 0)
#define validFor(i, place) ((heardBy(i, place) & VALID) && !several(heardBy(i, place)))
#define waitsForShown(i, from) ((from) < first && !honest(from) && (shown[from] & VALID) \
    && !(heardBy(i, from) & shown[from] & VALID))
#define leftNothing(i) (phase == 0 && heardBy(i, 0) == NOTHING)
#define hasToChoose(i) ((validFor(i, 0) || validFor(i, 1) || validFor(i, 2) || validFor(i, PLACES)) && !leftNothing(i))
#define idle(i) (!honest(i) || (chosen[i] == 0 -> (!waitsFor(i, 0) && !waitsFor(i, 1) && !waitsFor(i, 2) \
    && !waitsForShown(i, 0) && !waitsForShown(i, 1) && !hasToChoose(i) && !((i) == phase && (i) < PLACES)) \
    : (said(i) != 0 && ((i) != phase || (i) >= PLACES || proposed[i] != 0))))
#if OPERATORS == 5
#define allIdle (idle(0) && idle(1) && idle(2) && idle(3) && idle(4))
#else
#define allIdle (idle(0) && idle(1) && idle(2) && idle(3))
#endif
#else
#define allIdle true
#endif

/* Nobody listens for proposals any more, and how an accept was told no longer matters. */
inline beginCounting() {
    phase = COUNTING;
    do
    :: i < OPERATORS * (PLACES + 1) -> heard[i] = 0; i++
    :: else -> i = 0; break
    od;
    do
    :: i < OPERATORS -> accepted[i] = said(i); proposed[i] = 0; chosen[i] = stored[i]; i++
    :: else -> i = 0; break
    od
}

init {
    byte i = 0, count = 0;
    atomic {
        chooseGroup(LYING);
#ifdef TOGETHER
        do
        :: i < OPERATORS ->
            if
            :: honest(i) ->
                honestCount++;
                if
                :: first == NOBODY && i < PLACES -> first = i
                :: else
                fi
            :: else
            fi;
            i++
        :: else -> break
        od;
        i = 0;
        /* The premise: one who may propose is among the honest. */
        if
        :: first != NOBODY
        fi;
#endif
        do
        :: i < OPERATORS ->
            if
            :: honest(i) -> run Operator(i)
            :: else
            fi;
            i++
        :: else -> i = 0; break
        od
    }
    do
#ifdef TOGETHER
    :: atomic { phase <= LAST_SLOT && allIdle -> phase++ }
    :: atomic { phase == VOTING && allIdle -> beginCounting() }
#else
    /* Accepts signed after the active phase fit into it: nothing else happens between. */
    :: atomic { phase <= LAST_SLOT -> beginCounting() }
#endif
    :: atomic { phase == COUNTING && turn < OPERATORS && !honest(turn) -> turn++ }
    :: atomic { phase == COUNTING && turn == OPERATORS -> phase = OVER; break }
    od
}

#ifdef CHECK_L1
ltl L1 { <> (phase == OVER && finished == honestCount) }
#endif
