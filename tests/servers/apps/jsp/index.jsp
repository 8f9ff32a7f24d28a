<%@ page session="false" %><%= System.getenv().getOrDefault("ANSWER", "quick") %>
