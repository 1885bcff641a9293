/*
 * detector_list - DETECTOR(name): one line each, the object is det_<name> in <name>.c. Order has no
 * meaning. No include guard: included where DETECTOR is defined.
 */
