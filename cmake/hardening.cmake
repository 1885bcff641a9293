# What every object and program gets, whoever compiles it. ASLR (with high entropy) and NX are the
# defaults of both linkers; tests/e2e/binary.sh looks at the results.
add_compile_options(-fstack-protector-strong -ffile-prefix-map=${PROJECT_SOURCE_DIR}=.)
add_link_options(-fstack-protector-strong)

# glibc's checked functions need an optimizer, and the sanitizers replace them.
if(NOT CMAKE_C_FLAGS MATCHES "-fsanitize|--coverage" AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
    add_compile_definitions(_FORTIFY_SOURCE=2)
endif()

if(WIN32)
    # Windows 10 is the floor of the live program; wide API names are still written in full.
    add_compile_definitions(__USE_MINGW_ANSI_STDIO=1 _WIN32_WINNT=0x0A00 UNICODE _UNICODE)
    # Static: the program imports Windows' own libraries only. No timestamp: the same sources give
    # the same bytes.
    add_link_options(-static -static-libgcc -Wl,--no-insert-timestamp)
else()
    # -fPIE and not -fPIC: our libraries only go into programs, and -fPIC would forbid inlining.
    add_compile_options(-fPIE)
    add_link_options(-pie -Wl,-z,relro,-z,now,-z,noexecstack)
endif()
