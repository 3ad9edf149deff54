# shellcheck shell=bash
# A BMC per host: ipmi_sim in the storage namespace. Its chassis control is `lab bmc-power`, so that fence_ipmilan and
# ipmitool really switch the host. Its sensors are read from files, its event log is a real one.

BMC_USER=lab
BMC_PASSWORD=fencing

bmc_address() { printf '10.73.0.%d\n' $((200 + $(node_number "$1"))); }
bmc_tool() {
    local host=$1
    shift
    ns_run storage ipmitool -I lanplus -C 3 -H "$(bmc_address "$host")" -U "$BMC_USER" -P "$BMC_PASSWORD" -L ADMINISTRATOR "$@"
}
bmc_answers() { bmc_tool "$1" -N 1 -R 1 chassis power status >/dev/null 2>&1; }

bmc_up() {
    local host dir
    for host in $(lab_nodes); do
        dir=$LAB_DIR/bmc/$host
        mkdir -p "$dir/state/ipmi_sim/$host"
        echo 120 >"$dir/fan"        # x 50 rpm
        echo 30 >"$dir/temperature" # degrees
        bmc_lan_conf "$host" >"$dir/lan.conf"
        bmc_commands "$host" >"$dir/commands"
        bmc_sdrs >"$dir/sdrs"
        sdrcomp -o "$dir/state/ipmi_sim/$host/sdr.20.main" "$dir/sdrs" || die "sdrcomp refuses $dir/sdrs"
        spawn "$LAB_DIR/log/bmc-$host" nsenter --net="$(ns_path storage)" -- \
            ipmi_sim -n -c "$dir/lan.conf" -f "$dir/commands" -s "$dir/state"
    done
    for host in $(lab_nodes); do
        wait_until 60 bmc_answers "$host" || die "the BMC of $host does not answer: see $LAB_DIR/log/bmc-$host"
        bmc_tool "$host" sel time set now >/dev/null
    done
}

bmc_lan_conf() {
    cat <<EOF
name "$1"
set_working_mc 0x20
  startlan 1
    addr $(bmc_address "$1") 623
    priv_limit admin
    allowed_auths_callback none md2 md5 straight
    allowed_auths_user none md2 md5 straight
    allowed_auths_operator none md2 md5 straight
    allowed_auths_admin none md2 md5 straight
    guid a123456789abcdefa12345678$(printf '%07x' "$(node_number "$1")")
  endlan
  chassis_control "$LAB_HOME/lab --prefix $LAB_PREFIX bmc-power $1"
  user 1 false "" "none" user 10 none md2 md5 straight
  user 2 true "$BMC_USER" "$BMC_PASSWORD" admin 10 none md2 md5 straight
console 127.0.0.1 $((9000 + $(node_number "$1")))
EOF
}

bmc_commands() {
    local dir=$LAB_DIR/bmc/$1
    cat <<EOF
mc_setbmc 0x20
mc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr
sel_enable 0x20 1000 0x0a
sensor_add 0x20 0 1 4 1 poll 1000 file "$dir/fan"
sensor_set_threshold 0x20 0 1 settable 000011 0 0 0 0 20 40
sensor_set_event_support 0x20 0 1 enable scanning per-state 000000000000101 000000000000101 000000000000101 000000000000101
sensor_add 0x20 0 2 1 1 poll 1000 file "$dir/temperature"
sensor_set_threshold 0x20 0 2 settable 011000 0 80 70 0 0 0
sensor_set_event_support 0x20 0 2 enable scanning per-state 000001010000000 000001010000000 000001010000000 000001010000000
mc_enable 0x20
EOF
}

# Sensor data records, from which ipmitool knows names and units. Fan: 50 rpm a unit, critical below 1000.
bmc_sdrs() {
    cat <<'EOF'
sdr type 18
    device_slave_address 0x20
    device_channel_number 0
    chassis true
    sel true
    sdr true
    sensor true
    entity_id system_board
    entity_instance 1
    id_string "BMC"
endsdr
EOF
    bmc_sdr_analog 1 Fan fan_cooling_device RPM 50 'Fan 1' lc lnc
    bmc_sdr_analog 2 Temperature system_board degrees_C 1 'Temperature' unc uc
}

bmc_sdr_analog() { # NUMBER TYPE ENTITY UNIT FACTOR NAME THRESHOLD...
    cat <<EOF
sdr type 1
    sensor_owner_id 0x20
    sensor_owner_lun 0
    channel_number 0
    sensor_number $1
    entity_id $3
    entity_instance 1
    sensor_type $2
    init_scanning true
    default_sensor_scan_on true
    default_event_gen_on true
    sensor_threshold_access settable
    event_reading_type_code 1
    analog_data_format unsigned
    base_unit $4
    linearization linear
    m $5
    sensor_direction input
    sensor_maximum 255
    id_string "$6"
EOF
    printf '    %s_thrsh_readable true\n' "${@:7}"
    echo endsdr
}

# What ipmi_sim calls: get power | set power 0|1 | set reset 1 | ...; prints NAME:VALUE for a get.
bmc_power() {
    local host=$1 action=$2 value
    shift 2
    lab_load
    while (($#)); do
        case $action.$1 in
            get.power)
                value=$(bmc_power_get "$host")
                power_note "$host" bmc get "$value"
                echo "power:$value"
                shift
                ;;
            get.boot) echo boot:default && shift ;;
            set.power)
                bmc_power_set "$host" "$2"
                power_note "$host" bmc set "$2" # when it is done
                shift 2
                ;;
            set.reset)
                bmc_power_set "$host" 0
                power_note "$host" bmc set 0
                bmc_power_set "$host" 1
                shift 2
                ;;
            set.*) shift 2 ;;
            *) die "bmc-power: cannot $action $1" ;;
        esac
    done
}

bmc_power_get() {
    if [[ -e $LAB_DIR/run/$1.hold ]]; then
        cat "$LAB_DIR/run/$1.hold"
    elif host_running "$1"; then
        echo 1
    else
        echo 0
    fi
}

bmc_power_set() {
    if [[ -e $LAB_DIR/run/$1.hold ]]; then
        echo "$2" >"$LAB_DIR/run/$1.hold"
    elif (($2)); then
        host_power_on "$1"
    else
        host_power_off "$1"
    fi
}

bmc_verb() {
    local host=${1-}
    lab_load
    need_node "$host"
    shift
    case ${1-} in
        fan) bmc_fan "$host" "${2-}" ;;
        temperature) bmc_temperature "$host" "${2-}" ;;
        memory-error) # generator BMC, sensor type memory (0x0c), sensor 3, sensor-specific: uncorrectable (1)
            bmc_console "$host" "sel_add 0x20 2 0 0 0 0 0x20 0 4 0x0c 3 0x6f 1 0xff 0xff" >/dev/null ;;
        '') die "bmc: say what, e.g. 'lab bmc $host sensor'" ;;
        *) bmc_tool "$host" "$@" ;;
    esac
}

bmc_fan() {
    case $2 in
        fail) echo 0 >"$LAB_DIR/bmc/$1/fan" ;;
        ok) echo 120 >"$LAB_DIR/bmc/$1/fan" ;;
        *) die "bmc $1 fan: fail or ok" ;;
    esac
}

bmc_temperature() {
    if [[ ! $2 =~ ^[0-9]{1,3}$ ]] || ((10#$2 > 127)); then die "bmc $1 temperature: degrees, 0 to 127"; fi
    echo "$2" >"$LAB_DIR/bmc/$1/temperature"
}

bmc_console() { # a command to the simulator itself, by its console
    # shellcheck disable=SC2016
    ns_run storage bash -c 'exec 3<>/dev/tcp/127.0.0.1/$1; printf "%s\r\n" "$2" >&3; timeout 1 cat <&3 || true' - \
        "$((9000 + $(node_number "$1")))" "$2"
}
