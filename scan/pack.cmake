# Makes a C file that holds the rules of yara-rules/:
#   cmake -DOUT=pack_data.c "-DFILES=a.yar;b.yar" -P pack.cmake
# Plain text of rules, or text under XOR or base64, is what other security programs look for in a
# program; so each byte is replaced by another one, (byte * 167 + 91) % 256. This hides nothing from
# anybody who reads this line.
foreach(byte RANGE 255)
    math(EXPR high "${byte} / 16")
    math(EXPR low "${byte} % 16")
    string(SUBSTRING "0123456789abcdef" ${high} 1 high)
    string(SUBSTRING "0123456789abcdef" ${low} 1 low)
    math(EXPR coded_${high}${low} "(${byte} * 167 + 91) % 256")
endforeach()

set(table "")
set(hex "")
foreach(file ${FILES})
    file(READ ${file} content HEX)
    file(SIZE ${file} len)
    get_filename_component(name ${file} NAME)
    string(APPEND table "    {\"${name}\", ${len}},\n")
    string(APPEND hex "${content}")
endforeach()
execute_process(COMMAND ${CMAKE_COMMAND} -E cat ${FILES} OUTPUT_FILE ${OUT}.plain
    COMMAND_ERROR_IS_FATAL ANY)
file(SHA256 ${OUT}.plain sum)
file(REMOVE ${OUT}.plain)

string(REGEX MATCHALL "[0-9a-f][0-9a-f]" hex "${hex}")
set(bytes "")
set(column 0)
foreach(byte ${hex})
    string(APPEND bytes "${coded_${byte}},")
    math(EXPR column "(${column} + 1) % 20")
    if(column EQUAL 0)
        string(APPEND bytes "\n")
    endif()
endforeach()
file(WRITE ${OUT} "/* made by scan/pack.cmake */
#include \"scan/pack_data.h\"

const struct pack_file pack_files[] = {
${table}};
const size_t pack_file_count = COUNT(pack_files);
const char pack_sha256[] = \"${sum}\";
const uint8_t pack_bytes[] = {
${bytes}};
const size_t pack_len = sizeof(pack_bytes);
")
