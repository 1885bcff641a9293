/*
 * detector_list - DETECTOR(name): one line each, the object is det_<name> in <name>.c. Order has no
 * meaning. No include guard: included where DETECTOR is defined.
 */
DETECTOR(account_change)
DETECTOR(distributed)
DETECTOR(dropped)
DETECTOR(guessing)
DETECTOR(internet)
DETECTOR(lockout)
DETECTOR(protection)
DETECTOR(refused)
DETECTOR(tamper)
DETECTOR(tunnel)
