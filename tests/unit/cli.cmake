# hactl: pure parts by themselves, and the program against a hactld that the test plays.
foreach(name cli_format cli_options cli_show cli_job)
    ha_unit_test(${name} ha_cli)
    target_sources(test_${name} PRIVATE ${CMAKE_CURRENT_LIST_DIR}/cli/cli_fixture.c ${CMAKE_CURRENT_LIST_DIR}/cli/cli_schema.c)
endforeach()

ha_unit_test(cli_program ha_cli util)
target_sources(test_cli_program PRIVATE ${CMAKE_CURRENT_LIST_DIR}/cli/cli_fixture.c ${CMAKE_CURRENT_LIST_DIR}/cli/cli_schema.c
    ${CMAKE_CURRENT_LIST_DIR}/cli/cli_server.c)
target_compile_definitions(test_cli_program PRIVATE HACTL_PROGRAM="$<TARGET_FILE:hactl>")
add_dependencies(test_cli_program hactl)
