# How the program itself leaves the build: at the top of the build folder, with a link map (read by
# tests/e2e/notices.sh), and on Windows with its debug information in a file of its own.
set_target_properties(kanari PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
target_link_options(kanari PRIVATE -Wl,-Map=${CMAKE_BINARY_DIR}/kanari.map)

if(WIN32)
    add_custom_command(TARGET kanari POST_BUILD
        COMMAND ${CMAKE_OBJCOPY} --only-keep-debug $<TARGET_FILE:kanari> kanari.exe.debug
        COMMAND ${CMAKE_OBJCOPY} --strip-debug --add-gnu-debuglink=kanari.exe.debug
                $<TARGET_FILE:kanari>
        WORKING_DIRECTORY ${CMAKE_BINARY_DIR} VERBATIM)
endif()
