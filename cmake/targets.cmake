# Targets a developer types: cmake --build build/dev --target check|format|format-check|lint|sim|lab|bench|help.
file(GLOB_RECURSE HACTL_SOURCES CONFIGURE_DEPENDS
    ${PROJECT_SOURCE_DIR}/agent/*.[ch] ${PROJECT_SOURCE_DIR}/resource-agents/*.[ch] ${PROJECT_SOURCE_DIR}/tests/*.[ch])
find_program(CLANG_FORMAT clang-format)
find_program(CLANG_TIDY clang-tidy)

add_custom_target(check COMMAND ${CMAKE_CTEST_COMMAND} --output-on-failure --label-exclude "lab|trial" USES_TERMINAL)
add_custom_target(lab COMMAND ${CMAKE_CTEST_COMMAND} --output-on-failure --label-regex lab USES_TERMINAL)
if(TARGET hactl-sim)
    add_custom_target(sim COMMAND hactl-sim search --seeds 2000 USES_TERMINAL)
endif()
add_custom_target(bench
    COMMAND ${CMAKE_COMMAND} -E env HACTL_BUILD=${PROJECT_BINARY_DIR} ${PROJECT_SOURCE_DIR}/tests/bench/drain
    COMMAND ${CMAKE_COMMAND} -E env HACTL_BUILD=${PROJECT_BINARY_DIR} ${PROJECT_SOURCE_DIR}/tests/bench/agent
    USES_TERMINAL)
if(CLANG_FORMAT)
    add_custom_target(format COMMAND ${CLANG_FORMAT} -i ${HACTL_SOURCES})
    add_custom_target(format-check COMMAND ${CLANG_FORMAT} --dry-run --Werror ${HACTL_SOURCES})
endif()
if(CLANG_TIDY)
    set(HACTL_TIDY_SOURCES ${HACTL_SOURCES})
    list(FILTER HACTL_TIDY_SOURCES INCLUDE REGEX "\\.c$")
    add_custom_target(lint COMMAND ${CLANG_TIDY} --quiet -p ${PROJECT_BINARY_DIR} ${HACTL_TIDY_SOURCES})
endif()
