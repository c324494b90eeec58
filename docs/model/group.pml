/* The group of a model run, from defines: who holds how many seats, and who lies. Operators are numbered by their
   place in the leader order, so choosing who holds two seats and who lies chooses the order too (coordination.md
   section 4). */

#ifndef OPERATORS
#define OPERATORS 4       /* 4 or 5 */
#endif
#ifndef HEAVY
#define HEAVY 1           /* 1: one operator holds two seats, every other holds one */
#endif
#ifndef AGREEMENT
#define AGREEMENT 3       /* agreementSeats */
#endif
#ifndef LYING
#define LYING 0           /* the most seats that may lie */
#endif

#define PLACES 3          /* the leader 0 and the reserves 1 and 2; operators beyond only follow */
#define NOBODY 7
#define SEATS (OPERATORS + HEAVY)

byte heavy = NOBODY;      /* who holds two seats */
byte lying = 0;           /* a set of operators: bit i for operator i */

#define member(set, i) (((set) >> (i)) & 1)
#define honest(i) (!member(lying, i))
#define seats(i) (1 + ((i) == heavy))
/* Whether a set of digests (one bit each) holds more than one. */
#define several(set) ((set) & ((set) - 1))

/* Followers of equal weight are alike: of the choices that differ only by renaming them, one is enough. */
inline chooseGroup(mostLying) {
    if
    :: HEAVY -> select(heavy : 0 .. PLACES)
    :: else
    fi;
    i = 0; count = 0;
    do
    :: i < OPERATORS ->
        if
        :: true
        :: count + seats(i) <= mostLying && !(i == OPERATORS - 1 && i > PLACES && heavy != PLACES && honest(PLACES)) ->
            lying = lying | (1 << i);
            count = count + seats(i)
        fi;
        i++
    :: else -> break
    od;
    count = 0; i = 0
}
