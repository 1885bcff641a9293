# The warnings of the house, on every target of ours.
add_library(kanari_warnings INTERFACE)
target_compile_options(kanari_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wcast-qual
    -Wcast-align=strict -Wswitch-enum -Wvla -Wundef -Wmissing-prototypes -Wstrict-prototypes
    -Wimplicit-fallthrough -Wformat=2 -Wnull-dereference -Wpointer-arith -Wwrite-strings)
if(CMAKE_C_COMPILER_ID STREQUAL "Clang")
    target_compile_options(kanari_warnings INTERFACE -Wno-unknown-warning-option -Wno-cast-align)
endif()
if(WIN32)
    target_compile_options(kanari_warnings INTERFACE -Wno-pedantic-ms-format)
endif()
if(KANARI_WERROR)
    target_compile_options(kanari_warnings INTERFACE -Werror)
endif()
