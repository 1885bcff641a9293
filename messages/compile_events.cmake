# compile_events - events.mc to a resource script: -DWINDMC=... -DMC=events.mc -DOUT=folder.
# windmc ends with 0 whatever it was given: what it made tells whether it understood.
execute_process(COMMAND ${WINDMC} -U -C 65001 -h ${OUT} -r ${OUT} ${MC} RESULT_VARIABLE result
    OUTPUT_VARIABLE said ERROR_VARIABLE said)
file(STRINGS ${MC} ids REGEX "^MessageId=")
file(STRINGS ${OUT}/events.h defined REGEX "^#define KANARI_[A-Z_]+ +0x")
list(LENGTH ids id_count)
list(LENGTH defined defined_count)
if(result OR said OR id_count EQUAL 0 OR NOT id_count EQUAL defined_count)
    message(FATAL_ERROR "${MC}: ${defined_count} of ${id_count} messages: ${said}")
endif()
foreach(bin MSG00409 MSG00411)
    file(SIZE ${OUT}/${bin}.bin size)
    if(size LESS 1000)
        message(FATAL_ERROR "${MC}: ${bin}.bin has ${size} bytes")
    endif()
endforeach()
