"""What the firmware supplies for the tables; nothing here runs.

A device is anything with these members:

    model, serial           bytes, at most 8 and 16, ISO 646
    version                 hardware version and revision, firmware version and revision: 4 ints
    rating                  fixed while running; with form, volts, class_amps, test_amps, kh_mwh
    mode                    ED_MODE of ST3, 0..255
    status1                 ED_STD_STATUS1 of ST3, bits as decade0 names them
    status_mfg              manufacturer status bits, 0..255
    quantity(q)             int: quantities.py names each q and its unit; NotReady when it cannot
                            be had now, as when the metering chip does not answer
    read_stored(number, offset, count, buf, at)
                            copy octets offset..offset+count of a STORED table to buf[at...];
                            never asked beyond the table's size, which for ST31 to ST34 is the
                            largest that ST30 allows
    write_stored(number, image)
                            take the whole, validated image of a writable table: 0, or a negative
                            response code, and then everything stands as before. Beyond an image
                            of ST32 to ST34 that is shorter than the largest, keep zeros
    password_level(password)
                            access level of a password without its padding, 0 when it is wrong,
                            as padding alone is unless there is no password at all; compares
                            in constant time. -BSY (6) when it does not look at any now
    authorised(user_id, level)  told of each change of who has which rights; 0 and 0 for nobody

What it may have besides:

    writes                  counts on with each change of a stored table: a write that was checked
                            against tables as they were is not kept once another has changed one

    refused                 told of what was refused: refused.write(number, response code) and
                            refused.procedure(number, result code)

And besides; a table is served only when its members are there:

    measured                the quantities that `quantity` answers for, ascending; without it
                            quantities.BASIC. One with demands has the next nine members too
    maximum(q)              W: of demand q since the last demand reset (ST23)
    maximum_time(q)         5 octets Y M D h m, the end of its interval; zeros for none
    cumulative(q)           W: sum of the maxima at all demand resets
    continuous_cumulative(q)  W: that and the present maximum
    demand_resets           int, counts on for ever
    seconds_remaining       int: to the end of the running interval, at most 3600
    previous                an object with quantity, maximum, maximum_time, cumulative,
                            continuous_cumulative and demand_resets as they were when the last
                            demand reset came, and end_time: 5 octets, when that was (ST25)
    is_demand_interval(interval, subinterval)   whether it can have that one, minutes
    ST13 stored             write_stored(13) starts the interval anew, by the new lengths

    self_reads              the list of self reads: a list as below, whose entries have the members
                            of `previous` and sequence (ST26)
    history                 the history log: a list as below, whose entries have sequence, time (6
                            octets, zeros for none), user, code and argument (4 octets; events.py
                            says which); and events, the codes of all that it may have (ST70 to
                            ST74)

    date_time()             6 octets Y M D h m s, local; zeros while the clock is not set (ST50 to
                            ST53, ST55). write_stored(52) sets the clock
    clock_flags             bits 3 to 7 of TIME_DATE_QUAL: 0 for a clock that knows no zone
    ST53 stored

    display_limits          NBR_DISP_SOURCES, NBR_PRI_DISP_LIST_ITEMS, NBR_PRI_DISP_LISTS,
                            NBR_SEC_DISP_LIST_ITEMS, NBR_SEC_DISP_LISTS of ST30 (ST30 to ST34)
    display_items           ITEM numbers of ST32 are below this
    ST31 to ST34 stored

    pending_tables          numbers of the tables that may be pending (ST4), with
    pending                 get(number): octets of event and table, or None; put(number, octets,
                            device): whether they were kept; numbers(): of those that are
                            pending; last_activation: 5 octets, zeros for never

    events                  the event log: a list as `history`, whose entries have `shown` besides,
                            octets of audit.entry (ST75, ST76, MT13)
    audit                   seal and event log: capacity, flags, number(name), chain and
                            chain_before (MT9, MT12)

    password_groups         octets: of each password that is stored for any port, the groups that
                            it has (ST40 to ST44). ST42 stored, though nobody can read it

    provisioning            approved(model, service): whether both octets, padded or not, name
                            what was approved together (MT11). MT11 stored

    profile                 the load profile (ST60 to ST64), with
        most                octets of memory, and the most blocks, intervals, channels, minutes
        fits(channels, intervals, code)     whether there is room; code as INT_FMT, 0 for that of
                            now
        active, testing, overflow   flags of ST63, true or not
        blocks, element, last_sequence, unread, intervals   the numbers of ST63
    ST61, ST62, ST64 stored: write_stored(61) and (62) begin the profile anew, and keep no more
                            blocks than there is room for

    software                what the software consists of (MT10): form, passes, ended, percent and
                            states, as software.py says; and of each part versions, pairs, and
                            expected, computed and sources, 32 octets each

    procedures              pairs of a declaration and what runs it: procedures.py says how (ST7,
                            ST8)

A list has

    capacity                how many entries it serves at the most, fixed while running
    valid                   how many there are
    unread                  how many of them have not been marked as read, the latest
    overflow                whether entries were dropped that had not been
    last_sequence           number of the latest, 0 when there is none
    entry(i)                entry i, 0 the oldest, or None; no other is asked for than needed. It
                            need not outlive the next call. NotReady when it cannot be had now
"""
