# hactl: its pure parts by themselves, and the program against a hactld that the test plays.
set(HA_CLI_TESTS ${CMAKE_CURRENT_LIST_DIR}/cli)
foreach(name cli_format cli_options cli_show cli_job cli_group)
    ha_unit_test(${name} ha_cli)
    target_sources(test_${name} PRIVATE ${HA_CLI_TESTS}/cli_fixture.c ${HA_CLI_TESTS}/cli_schema.c)
endforeach()

foreach(name cli_program cli_live cli_apply)
    ha_unit_test(${name} ha_cli util)
    target_sources(test_${name} PRIVATE ${HA_CLI_TESTS}/cli_fixture.c ${HA_CLI_TESTS}/cli_schema.c
        ${HA_CLI_TESTS}/cli_server.c ${HA_CLI_TESTS}/cli_film.c)
    target_compile_definitions(test_${name} PRIVATE HACTL_PROGRAM="$<TARGET_FILE:hactl>")
    add_dependencies(test_${name} hactl)
endforeach()
ha_unit_test(cli_import ha_cli)
