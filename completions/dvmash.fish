function __dvmash_should_offer_completions_for_flags_or_options -a expected_commands
    set -l non_repeating_flags_or_options $argv[2..]
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __dvmash_parse_tokens
    test "$commands" = "$expected_commands"; and return $non_repeating_flags_or_options_absent
end

function __dvmash_should_offer_completions_for_positional -a expected_commands positional_index_comparison expected_positional_index
    set -l non_repeating_flags_or_options
    set -l non_repeating_flags_or_options_absent 0
    set -l positional_index 0
    set -l commands
    __dvmash_parse_tokens
    test "$commands" = "$expected_commands" -a \( "$positional_index" "$positional_index_comparison" "$expected_positional_index" \)
end

function __dvmash_parse_tokens -S
    set -l unparsed_tokens (__dvmash_tokens -pc)
    # Without a subcommand, the tokens are those of run
    if not contains -- "$unparsed_tokens[2]" run test bench conformance md api help
        if test (count $unparsed_tokens) -gt 1; or string match -q -- '-*' (__dvmash_tokens -t)
            set unparsed_tokens $unparsed_tokens[1] run $unparsed_tokens[2..]
        end
    end
    switch $unparsed_tokens[1]
    case 'dvmash'
        __dvmash_parse_subcommand 0 'version' 'h/help'
        switch $unparsed_tokens[1]
        case 'run'
            __dvmash_parse_subcommand -r 2 'l=+' 'e=+' 'p=+' 'i' 'E' 'W' 'rc=' 'no-rc' 'no-history' 'format=' 'color=' 'q/quiet' 'v/verbose' 'log-level=' 'max-instructions=' 'max-memory=' 'timeout=' 'sandbox' 'seed=' 'V' 'version' 'h/help'
        case 'test'
            __dvmash_parse_subcommand -r 1 'filter=+' 'exclude=+' 'tag=+' 'list' 'shuffle' 'repeat=' 'bail' 'format=+' 'seed=' 'timeout=' 'allow-empty' 'j/jobs=' 'shard=' 'merge' 'capture=' 'rerun-failed' 'color=' 'version' 'h/help'
        case 'bench'
            __dvmash_parse_subcommand -r 1 'json' 'markdown' 'runs=' 'passes=' 'policy=+' 'compare=' 'charts=' 'version' 'h/help'
        case 'conformance'
            __dvmash_parse_subcommand -r 1 'version' 'h/help'
        case 'md'
            __dvmash_parse_subcommand 0 'version' 'h/help'
            switch $unparsed_tokens[1]
            case 'dump'
                __dvmash_parse_subcommand 1 'format=' 'version' 'h/help'
            case 'lint'
                __dvmash_parse_subcommand -r 1 'strict' 'rules' 'version' 'h/help'
            case 'compile'
                __dvmash_parse_subcommand 1 'o/output=' 'version' 'h/help'
            case 'diff'
                __dvmash_parse_subcommand 2 'version' 'h/help'
            end
        case 'api'
            __dvmash_parse_subcommand 0 'format=' 'version' 'h/help'
        case 'help'
            __dvmash_parse_subcommand -r 1 'version'
        end
    end
end

function __dvmash_tokens
    if test (string split -m 1 -f 1 -- . "$FISH_VERSION") -gt 3
        commandline --tokens-raw $argv
    else
        commandline -o $argv
    end
end

function __dvmash_parse_subcommand -S -a positional_count
    argparse -s r -- $argv
    set -l option_specs $argv[2..]
    set -l is_repeating_positional $_flag_r
    set -el _flag_r
    set -a commands $unparsed_tokens[1]
    set positional_index 0
    while true
        set -e unparsed_tokens[1]
        argparse -sn "$commands" $option_specs -- $unparsed_tokens 2> /dev/null
        set unparsed_tokens $argv
        set positional_index (math $positional_index + 1)
        for non_repeating_flag_or_option in $non_repeating_flags_or_options
            if set -ql "_flag_$(string replace -a - _ -- $non_repeating_flag_or_option)"
                set non_repeating_flags_or_options_absent 1
                break
            end
        end
        test (count $unparsed_tokens) -eq 0 -o \( -z "$is_repeating_positional" -a "$positional_index" -gt "$positional_count" \) && break
    end
end

function __dvmash_complete_directories
    set -l token (commandline -t)
    string match -- '*/' $token
    set -l subdirs $token*/
    printf %s\n $subdirs
end

function __dvmash_custom_completion
    set -x SAP_SHELL fish
    set -x SAP_SHELL_VERSION $FISH_VERSION
    set -l tokens (__dvmash_tokens -p)
    if test -z "$(__dvmash_tokens -t)"
        set -l index (count (__dvmash_tokens -pc))
        set tokens $tokens[..$index] \'\' $tokens[(math $index + 1)..]
    end
    command $tokens[1] $argv $tokens
end

complete -c 'dvmash' -f
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash" version' -l 'version' -d 'Show the version.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_positional "dvmash" -eq 1' -fa 'run' -d 'Run scripts, chunks and expressions, or open the prompt.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_positional "dvmash" -eq 1' -fa 'test' -d 'Run acceptance scripts written for busted, each file in a process of its own.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_positional "dvmash" -eq 1' -fa 'bench' -d 'Measure the engine on the workloads of docs/performance.md.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_positional "dvmash" -eq 1' -fa 'conformance' -d 'Run conformance vectors and print each case that fails.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_positional "dvmash" -eq 1' -fa 'md' -d 'Print, check, compile and compare machine descriptions.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_positional "dvmash" -eq 1' -fa 'api' -d 'Print everything that scripts can use, for other programs.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_positional "dvmash" -eq 1' -fa 'help' -d 'Show subcommand help information.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_positional "dvmash run" -eq 1' -fa '(for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.\'lua\';printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash run"' -s 'l' -d 'Require a module first; may be repeated.' -rfka ''
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash run"' -s 'e' -d 'Run a chunk; may be repeated.' -rfka ''
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash run"' -s 'p' -d 'Evaluate and print; may be repeated.' -rfka ''
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash run" i' -s 'i' -d 'Open the prompt afterwards, also after an error.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash run" E' -s 'E' -d 'Ignore DVMASH_* and LUA_* variables and rc files.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash run" W' -s 'W' -d 'Turn the warnings of scripts on.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash run" rc' -l 'rc' -d 'Run this file when the prompt opens.' -rfka ''
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash run" no-rc' -l 'no-rc' -d 'Run no rc file.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash run" no-history' -l 'no-history' -d 'Keep no history file.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash run" format' -l 'format' -d 'How -p and the prompt print results: lua, json, yaml or table.' -rfka 'lua json yaml table'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash run" color' -l 'color' -d 'When to use colours: auto, always or never.' -rfka 'auto always never'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash run" q quiet' -l 'quiet' -s 'q' -d 'Print no banner.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash run"' -l 'verbose' -s 'v' -d 'Log more on standard error; once: info, twice: debug, three times: trace.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash run" log-level' -l 'log-level' -d 'What the log tells: error, warning, notice, info, debug or trace.' -rfka 'error warning notice info debug trace'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash run" max-instructions' -l 'max-instructions' -d 'End runs after so many instructions.' -rfka ''
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash run" max-memory' -l 'max-memory' -d 'Memory that Lua may use, such as 64M; machines may take as much again.' -rfka ''
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash run" timeout' -l 'timeout' -d 'End the process after so many seconds.' -rfka ''
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash run" sandbox' -l 'sandbox' -d 'No files, processes, native modules or debug hooks for scripts.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash run" seed' -l 'seed' -d 'The seed of the engine and of random numbers.' -rfka ''
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash run" V' -s 'V' -d 'Print the version.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash run" version' -l 'version' -d 'Show the version.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash run" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_positional "dvmash test" -ge 1' -F
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash test"' -l 'filter' -d 'Run tests whose full name matches; may be repeated.' -rfka ''
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash test"' -l 'exclude' -d 'Leave out tests whose full name matches.' -rfka ''
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash test"' -l 'tag' -d 'Run tests with #tag in their names.' -rfka ''
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash test" list' -l 'list' -d 'List the tests instead of running them.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash test" shuffle' -l 'shuffle' -d 'Run files and tests in an order drawn from the seed.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash test" repeat' -l 'repeat' -d 'Run each file\'s tests n times.' -rfka ''
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash test" bail' -l 'bail' -d 'Stop at the first failure.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash test"' -l 'format' -d 'pretty, tap, tap14, junit or json; =file sends it there. May be repeated.' -rfka ''
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash test" seed' -l 'seed' -d 'The seed of order, engine and random numbers.' -rfka ''
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash test" timeout' -l 'timeout' -d 'Seconds that one test may take.' -rfka ''
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash test" allow-empty' -l 'allow-empty' -d 'Let a run without tests pass.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash test" j jobs' -l 'jobs' -s 'j' -d 'Files to run at the same time.' -rfka ''
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash test" shard' -l 'shard' -d 'Run part i of n of the files.' -rfka ''
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash test" merge' -l 'merge' -d 'Make one report of the JSON reports of the parts of a run; runs nothing.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash test" capture' -l 'capture' -d 'Whether the output of tests goes into the report: on or off.' -rfka 'on off'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash test" rerun-failed' -l 'rerun-failed' -d 'Run only what failed last time.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash test" color' -l 'color' -d 'When to use colours: auto, always or never.' -rfka 'auto always never'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash test" version' -l 'version' -d 'Show the version.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash test" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash bench" json' -l 'json' -d 'Print JSON.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash bench" markdown' -l 'markdown' -d 'Print a table in Markdown.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash bench" runs' -l 'runs' -d 'How often each job is run.' -rfka ''
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash bench" passes' -l 'passes' -d 'How often all workloads are gone through, each time with so many runs of each job.' -rfka ''
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash bench"' -l 'policy' -d 'A policy to measure; may be repeated.' -rfka 'binned first-fit next-fit best-fit linux-pools custom'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash bench" compare' -l 'compare' -d 'Compare with an earlier run, the output of --json.' -rF
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash bench" charts' -l 'charts' -d 'Draw growth curves and goals as SVG files in a directory.' -rfa '(__dvmash_complete_directories)'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash bench" version' -l 'version' -d 'Show the version.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash bench" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_positional "dvmash conformance" -ge 1' -F
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash conformance" version' -l 'version' -d 'Show the version.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash conformance" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash md" version' -l 'version' -d 'Show the version.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash md" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_positional "dvmash md" -eq 1' -fa 'dump' -d 'Print a description as text that compiles to the same bytes, or as JSON.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_positional "dvmash md" -eq 1' -fa 'lint' -d 'List where descriptions break the rules of the format and of the bindings.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_positional "dvmash md" -eq 1' -fa 'compile' -d 'Compile a text to a binary description.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_positional "dvmash md" -eq 1' -fa 'diff' -d 'List how two descriptions differ in meaning, whatever their order.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_positional "dvmash md dump" -eq 1' -F
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash md dump" format' -l 'format' -d 'How to print: text or json.' -rfka 'text json'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash md dump" version' -l 'version' -d 'Show the version.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash md dump" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_positional "dvmash md lint" -ge 1' -F
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash md lint" strict' -l 'strict' -d 'Exit with 1 for warnings too.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash md lint" rules' -l 'rules' -d 'List every rule with its severity and meaning.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash md lint" version' -l 'version' -d 'Show the version.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash md lint" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_positional "dvmash md compile" -eq 1' -F
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash md compile" o output' -l 'output' -s 'o' -d 'The file to write; - for standard output. Without it, the name of the text with .bin.' -rfka ''
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash md compile" version' -l 'version' -d 'Show the version.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash md compile" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_positional "dvmash md diff" -eq 1' -F
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_positional "dvmash md diff" -eq 2' -F
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash md diff" version' -l 'version' -d 'Show the version.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash md diff" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash api" format' -l 'format' -d 'json, luals, luacheck, markdown or man.' -rfka 'json luals luacheck markdown man'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash api" version' -l 'version' -d 'Show the version.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash api" h help' -s 'h' -l 'help' -d 'Show help information.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_flags_or_options "dvmash help" version' -l 'version' -d 'Show the version.'
complete -c 'dvmash' -n '__dvmash_should_offer_completions_for_positional "dvmash" -eq 1' -fa '(for p in (string match -e -- \'*/\' (commandline -t);or printf \n)*.\'lua\';printf %s\n $p;end;__fish_complete_directories (commandline -t) \'\')'
