# How the program itself leaves the build: at the top of the build folder, beside its link map
# (read by tests/e2e/notices.sh, and what turns an address of a stripped program into a name).
set_target_properties(kanari PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
target_link_options(kanari PRIVATE -Wl,-Map=${CMAKE_BINARY_DIR}/kanari.map)
if(WIN32)
    target_link_options(kanari PRIVATE -s)
    add_dependencies(kanari kanari_messages) # it ships beside the program
endif()
