"""What systemd-logind asks of PID 1 when a machine is shut down: whether there is such a target, and that it be started.
It starts nothing, so the node stays, and is there again once the job is cancelled. /usr/bin/python3, with Debian's python3-dbus and python3-gi, runs it.
"""

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

NAME, PATH, MANAGER = "org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"
TARGET = "poweroff.target"
JOB = dbus.ObjectPath(PATH + "/job/1")


class Systemd(dbus.service.FallbackObject):
    @dbus.service.method(MANAGER)
    def Subscribe(self):
        pass

    @dbus.service.method(MANAGER, in_signature="ss", out_signature="o")
    def StartUnit(self, name, mode):
        print("is to start", name, flush=True)
        return JOB

    @dbus.service.method(MANAGER, in_signature="u")
    def CancelJob(self, number):
        self.JobRemoved(number, JOB, TARGET, "canceled")

    @dbus.service.signal(MANAGER, signature="uoss")
    def JobRemoved(self, number, job, unit, result):
        pass

    @dbus.service.method(dbus.PROPERTIES_IFACE, in_signature="ss", out_signature="v")
    def Get(self, interface, key):
        return {"LoadState": "loaded", "ActiveState": "inactive"}.get(str(key), "")


dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
BUS = dbus.SystemBus()
OWNED = dbus.service.BusName(NAME, BUS)
Systemd(BUS, PATH)
GLib.MainLoop().run()
