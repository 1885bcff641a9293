# Makes a C file that holds text files, byte for byte:
#   cmake -DNAME=licenses -DHEADER=cli/licenses.h -DOUT=x.c "-DFILES=a;b" -P embed.cmake
set(hex "")
foreach(file ${FILES})
    file(READ ${file} content HEX)
    string(APPEND hex "${content}0a")
endforeach()
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "    \\1\n"
    bytes "${bytes}")
file(WRITE ${OUT} "/* made by cli/embed.cmake */
#include \"${HEADER}\"

const unsigned char ${NAME}_text[] = {
${bytes}};
const size_t ${NAME}_text_len = sizeof(${NAME}_text);
")
