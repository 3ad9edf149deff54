# Targets a developer types: cmake --build build/dev --target check|format|lint|help.
file(GLOB_RECURSE HACTL_SOURCES CONFIGURE_DEPENDS
    ${PROJECT_SOURCE_DIR}/agent/*.[ch] ${PROJECT_SOURCE_DIR}/resource-agents/*.[ch] ${PROJECT_SOURCE_DIR}/tests/*.[ch])
find_program(CLANG_FORMAT clang-format)
find_program(CLANG_TIDY clang-tidy)

add_custom_target(check COMMAND ${CMAKE_CTEST_COMMAND} --output-on-failure USES_TERMINAL)
if(CLANG_FORMAT)
    add_custom_target(format COMMAND ${CLANG_FORMAT} -i ${HACTL_SOURCES})
    add_custom_target(format-check COMMAND ${CLANG_FORMAT} --dry-run --Werror ${HACTL_SOURCES})
endif()
if(CLANG_TIDY)
    set(HACTL_TIDY_SOURCES ${HACTL_SOURCES})
    list(FILTER HACTL_TIDY_SOURCES INCLUDE REGEX "\\.c$")
    add_custom_target(lint COMMAND ${CLANG_TIDY} --quiet -p ${PROJECT_BINARY_DIR} ${HACTL_TIDY_SOURCES})
endif()
