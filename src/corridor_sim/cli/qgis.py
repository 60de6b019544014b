"""``corridor-sim qgis``: the plugin that brings the program into QGIS."""

from __future__ import annotations

import argparse

from corridor_sim.cli.options import Command, option


def _install(args: argparse.Namespace) -> None:
    from corridor_sim.languages import tr
    from corridor_sim.qgis_plugin.write import plugins_of, write_qgis_plugin

    print(write_qgis_plugin(plugins_of(args.profile) if args.profile else None))
    print(
        tr(
            "Start QGIS again, then tick corridor_sim under Plugins, Manage and Install Plugins, "
            "Installed; the algorithms stand in the Processing Toolbox."
        )
    )


def _plugin(args: argparse.Namespace) -> None:
    from corridor_sim.qgis_plugin.write import write_qgis_plugin

    print(write_qgis_plugin(args.out))


COMMANDS = (
    Command(
        "qgis",
        "bring the program into QGIS, as algorithms of Processing",
        actions=(
            Command(
                "install",
                "write the plugin into a profile of QGIS",
                _install,
                (
                    option(
                        "--profile",
                        metavar="DIR",
                        help="folder of the profile, as QGIS shows it under Settings, User "
                        "Profiles [default of this user]",
                    ),
                ),
            ),
            Command(
                "plugin",
                "write the plugin into a folder of your own",
                _plugin,
                (
                    option(
                        "--out",
                        metavar="DIR",
                        required=True,
                        help="folder of plugins; it is written into DIR/corridor_sim",
                    ),
                ),
            ),
        ),
    ),
)
